namespace Lectern.Vision;

/// <summary>Says of each anchor or proposal which object it is to find, by intersection over union.</summary>
/// <param name="Positive">From this overlap on it is the object's.</param>
/// <param name="Negative">
/// Below this overlap with all objects it is background; between the two it does not count.
/// </param>
/// <param name="KeepBest">
/// Whether each object also gets the anchors that overlap it most, ties included, however little that is.
/// </param>
public sealed record BoxMatcher(double Positive, double Negative, bool KeepBest = false)
{
    /// <summary>In place of an object's number: background.</summary>
    public const long Background = -1;

    /// <summary>In place of an object's number: not counted.</summary>
    public const long Between = -2;

    /// <summary>The object of each anchor.</summary>
    /// <param name="overlaps">Intersection over union of G objects and K anchors: [G, K].</param>
    /// <returns>
    /// Numbers of objects (of the first of equally good), <see cref="Background"/> or <see cref="Between"/>:
    /// [K]. All background where there is no object.
    /// </returns>
    public Tensor Match(Tensor overlaps)
    {
        if (overlaps.shape[0] == 0) return full([overlaps.shape[1]], Background, int64, overlaps.device);
        using var scope = NewDisposeScope();
        var (best, objects) = overlaps.max(0);
        var matched = objects.masked_fill(best < Positive, Between).masked_fill(best < Negative, Background);
        if (KeepBest)
            matched = where((overlaps == overlaps.max(1, keepdim: true).values).any(0), objects, matched);
        return matched.MoveToOuterDisposeScope();
    }

    /// <summary>What a sampler is told of each anchor: 1 for an object's, 0 for background, -1 for one that does not
    /// count.</summary>
    /// <param name="matched">What <see cref="Match"/> gave: [K].</param>
    /// <returns>int64 [K].</returns>
    public static Tensor Kinds(Tensor matched)
    {
        using var scope = NewDisposeScope();
        return ((matched >= 0).to(int64) - (matched == Between).to(int64)).MoveToOuterDisposeScope();
    }
}
