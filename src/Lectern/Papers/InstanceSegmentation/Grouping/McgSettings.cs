namespace Lectern.Papers.InstanceSegmentation;

/// <summary>Settings of <see cref="Mcg"/>; defaults are the paper's where it has them.</summary>
public sealed record McgSettings
{
    /// <summary>How contours are measured.</summary>
    public ContourSettings Contours { get; init; } = new();

    /// <summary>Contours that span the picture, mixed with those; a weight of 0 leaves them out.</summary>
    public SpectralSettings Spectral { get; init; } = new();

    /// <summary>Basins of the contours less deep are no superpixels of their own.</summary>
    public double Depth { get; init; } = 0.02;

    /// <summary>Sizes that a picture is looked at in; contours follow the superpixels of the largest.</summary>
    public IReadOnlyList<double> Scales { get; init; } = [0.5, 1, 2];

    /// <summary>Partitions of a scale's hierarchy that are aligned, K.</summary>
    public int Levels { get; init; } = 32;

    /// <summary>The most regions of a set: 3, and 4 in the paper's later version.</summary>
    public int Members { get; init; } = 3;

    /// <summary>Sets of a list that learning looks at.</summary>
    public int ListLength { get; init; } = 2000;

    /// <summary>Sizes S of a list that learning tries.</summary>
    public int Samples { get; init; } = 16;

    /// <summary>Candidates a picture that are taken from the lists, a mean.</summary>
    public double Candidates { get; init; } = 5000;

    /// <summary>A candidate goes that overlaps one before it more.</summary>
    public double Duplicate { get; init; } = 0.95;

    /// <summary>Proposals a picture at most.</summary>
    public int Proposals { get; init; } = 2000;

    /// <summary>What the predicted overlap counts in the ranking, against being unlike those before.</summary>
    public double Relevance { get; init; } = 0.7;

    /// <summary>Trees of the forest that predicts overlaps.</summary>
    public int Trees { get; init; } = 30;

    /// <summary>Seed of the forest.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>For pictures of a hundred pixels: shorter lists, and no spectral contours, which cost most.</summary>
    public static McgSettings Small { get; } = new()
    {
        Spectral = new SpectralSettings { Weight = 0 }, ListLength = 400, Candidates = 1000, Proposals = 150,
        Trees = 15,
    };
}
