namespace Lectern.Vision;

/// <summary>The objects of one picture, to learn from.</summary>
/// <param name="Boxes">xyxy in pixels: [G, 4].</param>
/// <param name="Labels">Classes from 1 on, 0 being the background: int64 [G].</param>
/// <param name="Masks">0 and 1, or true and false: [G, H, W].</param>
public sealed record Instances(Tensor Boxes, Tensor Labels, Tensor Masks)
{
    /// <summary>
    /// Which picture of a training this is, all epochs counted: what is drawn from its regions follows from the number
    /// alone, also on several ranks and after a checkpoint. Null: draws are counted as they come.
    /// </summary>
    internal int? Number { get; init; }

    /// <summary>Checks that a network can learn from the objects.</summary>
    /// <param name="height">Rows of their picture.</param>
    /// <param name="width">Columns of it.</param>
    /// <param name="classes">How many classes the network has, without the background.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, a box has no area, or a label is no class.</exception>
    internal void Require(long height, long width, int classes = int.MaxValue)
    {
        if (Boxes.dim() != 2 || Boxes.shape[1] != 4
            || !Labels.shape.AsSpan().SequenceEqual([Boxes.shape[0]])
            || !Masks.shape.AsSpan().SequenceEqual([Boxes.shape[0], height, width]))
            throw new ArgumentException(
                $"Objects of a picture of {height}×{width} are boxes [G, 4], labels [G] and masks "
                + $"[G, {height}, {width}]; given were [{string.Join(", ", Boxes.shape)}], "
                + $"[{string.Join(", ", Labels.shape)}] and [{string.Join(", ", Masks.shape)}].");
        if (Boxes.shape[0] == 0) return;
        if ((Boxes.narrow(1, 2, 2) <= Boxes.narrow(1, 0, 2)).any().item<bool>())
            throw new ArgumentException(
                "Boxes to learn from have an area; at least one has none. Leave it out.");
        var (least, most) = (Labels.min().item<long>(), Labels.max().item<long>());
        if (least < 1 || most > classes)
            throw new ArgumentException($"Labels are from 1 to {classes}; given were {least} to {most}.");
    }
}

/// <summary>The objects that a network found in one picture, the best first.</summary>
/// <param name="Boxes">xyxy in pixels of the picture: [K, 4].</param>
/// <param name="Labels">Classes from 1 on: int64 [K].</param>
/// <param name="Scores">Probabilities of the classes: [K].</param>
/// <param name="Masks">
/// Probability of each pixel to be the object's: [K, H, W]; above ½ it is taken to be.
/// </param>
public sealed record Detections(Tensor Boxes, Tensor Labels, Tensor Scores, Tensor Masks) : IDisposable
{
    private readonly Tensor? maskScores;

    /// <summary>
    /// How sure the network is of the masks [K]: the scores, unless it judges its masks by themselves. It is what
    /// detections are ranked by where masks count.
    /// </summary>
    public Tensor MaskScores
    {
        get => maskScores ?? Scores;
        init => maskScores = value;
    }

    private IEnumerable<Tensor> Parts => maskScores is null
        ? [Boxes, Labels, Scores, Masks]
        : [Boxes, Labels, Scores, Masks, maskScores];

    /// <summary>Lets the tensors go.</summary>
    public void Dispose()
    {
        foreach (var tensor in Parts) tensor.Dispose();
    }

    internal Detections MoveToOuterDisposeScope()
    {
        foreach (var tensor in Parts) tensor.MoveToOuterDisposeScope();
        return this;
    }
}
