namespace TorchSharp.Modules;

/// <summary>Sizes as operators take them, from the tuples and single numbers of the API.</summary>
internal static class Sizes
{
    public static long[] Of((long, long) pair) => [pair.Item1, pair.Item2];
    public static long[] Of((long, long, long) triple) => [triple.Item1, triple.Item2, triple.Item3];
    public static long[] Of((long, long)? pair, long missing) => Of(pair ?? (missing, missing));
    public static long[] Of((long, long, long)? triple, long missing) =>
        Of(triple ?? (missing, missing, missing));
    public static long[]? Maybe((long, long)? pair) => pair is { } p ? Of(p) : null;
    public static long[]? Maybe((long, long, long)? triple) => triple is { } t ? Of(t) : null;
    public static long[] Times(long size, int dims) => [.. Enumerable.Repeat(size, dims)];
    public static long[]? Maybe(long? size, int dims) => size is { } s ? Times(s, dims) : null;
}
