namespace Lectern.Charts;

public static partial class Chart
{
    /// <summary>A matrix as coloured cells, its first row at the top, as matrices are written.</summary>
    /// <param name="zData">The matrix [rows, columns].</param>
    /// <param name="X">A name for each column.</param>
    /// <param name="Y">A name for each row.</param>
    /// <param name="Name">The name under the pointer.</param>
    /// <param name="ColorScale">One of <see cref="Colorscale"/>; by default diverging where the values have
    /// both signs.</param>
    /// <param name="ColorTitle">Title beside the colour scale, with the unit.</param>
    /// <param name="ShowValues">Whether each cell says its value; for small matrices.</param>
    /// <param name="Digits">Digits after the point of those values.</param>
    /// <param name="ZMin">The value of the scale's first colour; the smallest one where none is
    /// given.</param>
    /// <param name="ZMax">The value of the scale's last colour; the largest one where none is given.</param>
    /// <exception cref="ArgumentException">Names and rows or columns differ in number.</exception>
    public static Figure Heatmap(
        double[,] zData, IEnumerable<string>? X = null, IEnumerable<string>? Y = null, string? Name = null,
        string? ColorScale = null, string? ColorTitle = null, bool ShowValues = false, int Digits = 2,
        double? ZMin = null, double? ZMax = null)
    {
        ArgumentNullException.ThrowIfNull(zData);
        var (columns, rows) = (X?.ToArray(), Y?.ToArray());
        Require(columns, zData.GetLength(1), nameof(X), "columns");
        Require(rows, zData.GetLength(0), nameof(Y), "rows");
        var z = (double[,])zData.Clone();
        var finite = z.Cast<double>().Where(double.IsFinite).ToList();
        var signed = finite.Count > 0 && finite.Min() < 0 && finite.Max() > 0;
        var scale = ColorScale ?? (signed ? Colorscale.Diverging : Colorscale.Viridis);
        var trace = Fields.Of(
            ("type", "heatmap"), ("z", z), ("x", columns), ("y", rows), ("name", Name),
            ("colorscale", Colorscale.Named(scale)),
            ("zmid", scale == Colorscale.Diverging && ZMin is null ? 0.0 : null),
            ("zmin", ZMin), ("zmax", ZMax), ("xgap", 1), ("ygap", 1), ("hoverongaps", false),
            ("texttemplate", ShowValues ? FormattableString.Invariant($"%{{z:.{Digits}f}}") : null),
            ("colorbar", ColorBar(ColorTitle)));
        return new Figure([trace], Fields.Of(
            ("yaxis.autorange", "reversed"), ("xaxis.showgrid", false), ("yaxis.showgrid", false),
            ("xaxis.zeroline", false), ("yaxis.zeroline", false),
            ("xaxis.type", columns is null ? null : "category"),
            ("yaxis.type", rows is null ? null : "category")));
    }

    private static void Require(string[]? names, int count, string parameter, string what)
    {
        if (names is not null && names.Length != count)
            throw new ArgumentException($"{names.Length} names for {count} {what}: give one each.",
                parameter);
    }
}
