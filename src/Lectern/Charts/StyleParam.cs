namespace Lectern.Charts;

/// <summary>The choices that charts offer, under the names that Plotly.NET gives them.</summary>
public static class StyleParam
{
    /// <summary>What a scatter trace draws.</summary>
    public enum Mode
    {
        /// <summary>Lines between the points.</summary>
        Lines,

        /// <summary>A mark at each point.</summary>
        Markers,

        /// <summary>Lines and marks.</summary>
        Lines_Markers,

        /// <summary>A text at each point.</summary>
        Text,

        /// <summary>Marks with texts.</summary>
        Markers_Text,

        /// <summary>Lines, marks and texts.</summary>
        Lines_Markers_Text,
    }

    /// <summary>How an axis counts.</summary>
    public enum AxisType
    {
        /// <summary>By value.</summary>
        Linear,

        /// <summary>By the value's logarithm, base 10.</summary>
        Log,

        /// <summary>One place for each distinct value.</summary>
        Category,
    }

    /// <summary>How a line is drawn.</summary>
    public enum DrawingStyle
    {
        /// <summary>Unbroken.</summary>
        Solid,

        /// <summary>Dashes.</summary>
        Dash,

        /// <summary>Dots.</summary>
        Dot,

        /// <summary>Dashes and dots.</summary>
        DashDot,
    }

    /// <summary>The shape of a mark.</summary>
    public enum MarkerSymbol
    {
        /// <summary>A disc.</summary>
        Circle,

        /// <summary>A square.</summary>
        Square,

        /// <summary>A square on its corner.</summary>
        Diamond,

        /// <summary>An upright cross.</summary>
        Cross,

        /// <summary>A slanted cross.</summary>
        X,

        /// <summary>A star.</summary>
        Star,
    }

    /// <summary>How bars that share a place stand.</summary>
    public enum BarMode
    {
        /// <summary>Side by side.</summary>
        Group,

        /// <summary>On top of each other.</summary>
        Stack,

        /// <summary>In front of each other.</summary>
        Overlay,
    }

    /// <summary>What a histogram's bars mean.</summary>
    public enum HistNorm
    {
        /// <summary>How many values fall into the bin.</summary>
        Count,

        /// <summary>Their share of all values, from 0 to 1.</summary>
        Probability,

        /// <summary>Their share by the bin's width: the area of all bars is 1.</summary>
        ProbabilityDensity,
    }

    internal static string Json(this Mode mode) => mode.ToString().ToLowerInvariant().Replace('_', '+');

    internal static string Json(this AxisType type) => type.ToString().ToLowerInvariant();

    internal static string Json(this DrawingStyle style) => style.ToString().ToLowerInvariant();

    internal static string Json(this MarkerSymbol symbol) => symbol.ToString().ToLowerInvariant();

    internal static string Json(this BarMode mode) => mode.ToString().ToLowerInvariant();

    internal static string? Json(this HistNorm norm) => norm switch
    {
        HistNorm.Probability => "probability",
        HistNorm.ProbabilityDensity => "probability density",
        _ => null,
    };
}
