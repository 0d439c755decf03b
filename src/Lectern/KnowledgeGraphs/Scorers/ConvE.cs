namespace Lectern.KnowledgeGraphs;

/// <summary>
/// ConvE: head and relation as two halves of an image, a convolution, a layer back to entities. Dettmers et al.,
/// AAAI 2018, eq. 1, as Ruffinelli et al. 2020 trained it.
/// </summary>
/// <remarks>
/// f(vec(f([h̄; r̄] * ω)) W) · t + b_t, f = ReLU after a batch norm without weights. Images are twice as wide as high:
/// the width is rounded up to 2·n². An entity is its vector and its bias.
/// </remarks>
public sealed class ConvE : ProductScorer
{
    private const long Filters = 32;
    private readonly long height;
    private readonly Conv2d convolution;
    private readonly BatchNorm2d normMaps;
    private readonly Dropout2d dropMaps;
    private readonly Linear project;
    private readonly Dropout dropProjection;
    private readonly BatchNorm1d normProjection;

    /// <param name="width">D, numbers of an entity's vector and of a relation; rounded up to 2·n², n at least
    /// 2.</param>
    /// <param name="dropMaps">Dropout of whole maps of the convolution.</param>
    /// <param name="dropProjection">Dropout after the layer back to entities.</param>
    /// <param name="hasBias">Whether the convolution has biases.</param>
    public ConvE(long width, double dropMaps = 0.2, double dropProjection = 0.3, bool hasBias = true)
        : base(nameof(ConvE))
    {
        height = Math.Max(2, (long)Math.Ceiling(Math.Sqrt(width / 2.0)));
        convolution = nn.Conv2d(1, Filters, 3, bias: hasBias);
        normMaps = nn.BatchNorm2d(Filters, affine: false);
        this.dropMaps = nn.Dropout2d(dropMaps);
        project = nn.Linear(Filters * (2 * height - 2) * (2 * height - 2), Vector);     // both images: [2n, 2n]
        this.dropProjection = nn.Dropout(dropProjection);
        normProjection = nn.BatchNorm1d(Vector, affine: false);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override long EntityWidth => Vector + 1;

    /// <inheritdoc/>
    public override long RelationWidth => Vector;

    /// <inheritdoc/>
    public override bool OnlyTails => true;

    private long Vector => 2 * height * height;

    /// <inheritdoc/>
    public override Tensor TailQuery(Tensor h, Tensor r)
    {
        Tensor Image(Tensor x) => x.narrow(-1, 0, Vector).reshape(-1, 1, height, 2 * height);
        var image = cat([Image(h), Image(r)], 2);                                       // [B, 1, 2n, 2n]
        var maps = dropMaps.call(normMaps.call(convolution.call(image)).relu());        // [B, 32, 2n - 2, 2n - 2]
        var q = normProjection.call(dropProjection.call(project.call(maps.flatten(1)))).relu();    // [B, D]
        return cat([q, ones_like(q.narrow(1, 0, 1))], 1);                               // the bias counts once
    }

    /// <inheritdoc/>
    public override Tensor HeadQuery(Tensor r, Tensor t) =>
        throw new InvalidOperationException("ConvE scores tails only; ask for heads by reciprocal relations.");
}
