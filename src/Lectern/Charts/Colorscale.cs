namespace Lectern.Charts;

/// <summary>Colour scales for values, safe for every kind of colour vision.</summary>
public static class Colorscale
{
    /// <summary>Dark purple to yellow: for values from small to large.</summary>
    public const string Viridis = "Viridis";

    /// <summary>Blue over white to red: for values on both sides of zero.</summary>
    public const string Diverging = "Diverging";

    /// <summary>Dark blue over grey to yellow, the most even one.</summary>
    public const string Cividis = "Cividis";

    /// <summary>White to dark blue: for counts and matrices that are mostly empty.</summary>
    public const string Blues = "Blues";

    /// <summary>Black to white: for images.</summary>
    public const string Greys = "Greys";

    private static readonly object[] Stops =
    [
        new object[] { 0.0, "#2166AC" }, new object[] { 0.25, "#92C5DE" }, new object[] { 0.5, "#F7F7F7" },
        new object[] { 0.75, "#F4A582" }, new object[] { 1.0, "#B2182B" },
    ];

    private static readonly object[] FromWhite =
    [
        new object[] { 0.0, "#F7FBFF" }, new object[] { 0.5, "#6BAED6" }, new object[] { 1.0, "#08306B" },
    ];

    private static readonly object[] FromBlack = [new object[] { 0.0, "#000000" },
        new object[] { 1.0, "#FFFFFF" }];

    private static readonly object[] Purples =
    [
        new object[] { 0.0, "#440154" }, new object[] { 0.125, "#482878" }, new object[] { 0.25, "#3E4A89" },
        new object[] { 0.375, "#31688E" }, new object[] { 0.5, "#26828E" }, new object[] { 0.625, "#1F9E89" },
        new object[] { 0.75, "#35B779" }, new object[] { 0.875, "#6DCD59" }, new object[] { 1.0, "#FDE725" },
    ];

    /// <summary>The colour at a share of a scale's length, as #RRGGBB; null where only Plotly knows the
    /// scale.</summary>
    internal static string? At(string name, double share)
    {
        if (Named(name) is not object[] stops) return null;
        share = Math.Clamp(share, 0, 1);
        var (from, to) = stops.Cast<object[]>().Zip(stops.Cast<object[]>().Skip(1))
            .First(pair => share <= (double)pair.Second[0]);
        var (low, high) = ((double)from[0], (double)to[0]);
        byte[] a = Bytes((string)from[1]), b = Bytes((string)to[1]);
        return "#" + Convert.ToHexString([.. a.Zip(b,
            (x, y) => (byte)Math.Round(x + (y - x) * (share - low) / (high - low)))]);

        static byte[] Bytes(string colour) => Convert.FromHexString(colour.AsSpan(1));
    }

    // Plotly knows most names too, but "Blues" and "Greys" run the other way round there.
    internal static object Named(string name) => name switch
    {
        Viridis => Purples,
        Diverging => Stops,
        Blues => FromWhite,
        Greys => FromBlack,
        _ => name,
    };
}
