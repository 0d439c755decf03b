namespace Lectern.Vision;

/// <summary>What scenes of shapes look like.</summary>
/// <param name="Height">Pixels down.</param>
/// <param name="Width">Pixels across.</param>
/// <param name="Least">The fewest objects.</param>
/// <param name="Most">The most objects.</param>
public sealed record ShapeSettings(int Height = 96, int Width = 96, int Least = 2, int Most = 6)
{
    /// <summary>Half the extent of the smallest object, of the shorter side.</summary>
    public double SmallestRadius { get; init; } = 0.1;

    /// <summary>Half the extent of the largest object, of the shorter side.</summary>
    public double LargestRadius { get; init; } = 0.28;

    /// <summary>How much longer an object may be one way than across; 1: not at all.</summary>
    public double Stretch { get; init; } = 1;

    /// <summary>The kinds that are drawn, by label; all six where none is given.</summary>
    public IReadOnlyList<int> Kinds { get; init; } = [1, 2, 3, 4, 5, 6];

    /// <summary>The least share of an object that others leave to be seen.</summary>
    public double Visible { get; init; } = 0.3;
}
