using System.Collections.Immutable;

namespace Lectern.Charts;

/// <summary>How figures look: fonts, colours, grids. One house theme for light pages, its twin for dark
/// ones.</summary>
/// <remarks>
/// A theme is a Plotly template, so that everything a figure says itself comes before it. The colours are
/// those of Okabe and
/// Ito (2008) without yellow and black, which eyes of every kind tell apart on white as well as on
/// near-black.
/// </remarks>
public sealed class Theme
{
    /// <summary>Colours of classes and lines, in order: blue, vermilion, green, orange, purple, sky blue,
    /// grey.</summary>
    public static ImmutableArray<string> Palette { get; } =
        ["#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#8A8F98"];

    /// <summary>For light pages; what a figure has unless told otherwise.</summary>
    public static Theme Light { get; } = new(Template("#FFFFFF", "#2A2F36", "#E3E6EA", "#9AA1AA"));

    /// <summary>For dark pages.</summary>
    public static Theme Dark { get; } = new(Template("#1B1E23", "#D7DBE0", "#363C45", "#737A85"));

    /// <summary>Plotly's own look: the figure's JSON then holds only what was asked for.</summary>
    public static Theme None { get; } = new(null);

    private Theme(Fields? fields) => Fields = fields;

    internal Fields? Fields { get; }

    /// <summary>The palette's colour for a class or a line; colours repeat after the seventh.</summary>
    /// <param name="index">The class, from 0.</param>
    public static string Colour(int index) => Palette[(int)((uint)index % (uint)Palette.Length)];

    /// <summary>A colour of the palette, or any other #RRGGBB, made transparent.</summary>
    /// <param name="colour">A colour as #RRGGBB.</param>
    /// <param name="opacity">From 0, not to be seen, to 1.</param>
    /// <exception cref="ArgumentException">The colour is not of the form #RRGGBB.</exception>
    public static string Fade(string colour, double opacity)
    {
        ArgumentNullException.ThrowIfNull(colour);
        if (colour.Length != 7 || colour[0] != '#')
            throw new ArgumentException($"A colour as #RRGGBB is needed to fade it, not '{colour}'.",
                nameof(colour));
        var rgb = Convert.FromHexString(colour.AsSpan(1));
        return FormattableString.Invariant($"rgba({rgb[0]},{rgb[1]},{rgb[2]},{opacity})");
    }

    private static Fields Template(string paper, string ink, string grid, string line)
    {
        var axis = Fields.Of(
            ("automargin", true), ("gridcolor", grid), ("linecolor", line), ("zerolinecolor", line),
            ("zerolinewidth", 1),
            ("showline", true), ("ticks", "outside"), ("tickcolor", line), ("title.standoff", 12));
        var layout = Fields.Of(
            ("colorway", Palette),
            ("font.family", "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"),
            ("font.size", 14),
            ("font.color", ink),
            ("paper_bgcolor", paper), ("plot_bgcolor", paper),
            ("title.x", 0), ("title.xref", "paper"), ("title.xanchor", "left"), ("title.font.size", 17),
            ("title.yref", "container"), ("title.y", 1), ("title.yanchor", "top"), ("title.pad.t", 22),
            ("margin", Fields.Of(("l", 60), ("r", 24), ("t", 64), ("b", 52))),
            ("xaxis", axis), ("yaxis", axis),
            ("legend.bgcolor", "rgba(0,0,0,0)"), ("legend.tracegroupgap", 4),
            ("hoverlabel.font.size", 13),
            ("sliderdefaults", Fields.Of(("bgcolor", grid), ("bordercolor", line), ("tickcolor", line))),
            ("updatemenudefaults", Fields.Of(("bgcolor", grid), ("bordercolor", line))),
            ("bargap", 0.25), ("bargroupgap", 0.06),
            ("colorscale.sequential", Colorscale.Named("Viridis")),
            ("modebar", Fields.Of(("bgcolor", "rgba(0,0,0,0)"), ("color", line), ("activecolor", ink))));
        return Fields.Of(("layout", layout));
    }
}
