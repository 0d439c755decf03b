namespace Lectern.Vision;

/// <summary>Which 3×3 convolutions of a backbone are deformable: of its last blocks, one in an interval.</summary>
/// <param name="Blocks">How many of the last blocks of each stage may be, the finest stage first.</param>
/// <param name="Interval">Of these, the blocks whose number in their stage is a multiple of it are.</param>
public sealed record DeformableBlocks(IReadOnlyList<int> Blocks, int Interval = 1)
{
    /// <summary>Whether a block is deformable.</summary>
    /// <param name="stage">The stage, from 0.</param>
    /// <param name="block">The block's number in it, from 0.</param>
    /// <param name="blocks">How many the stage has.</param>
    public bool Has(int stage, int block, int blocks) =>
        stage < Blocks.Count && block + Blocks[stage] >= blocks && block % Interval == 0;
}

/// <summary>
/// A layer of modulated deformable convolution: one more convolution says of each output where each tap reads and
/// how much that counts. Names of parameters are those of the authors' layer.
/// </summary>
/// <remarks>
/// It starts at rest: no offset, and a modulation of ½, so that a new layer gives half of what a convolution
/// with its weight would.
/// </remarks>
public sealed class DeformableConv2d : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight, bias;                                        // [D, C, k, k], [D]
    private readonly Conv2d conv_offset_mask;
    private readonly long stride, padding;

    /// <summary>A layer at rest, with a random weight.</summary>
    /// <param name="inputs">C.</param>
    /// <param name="outputs">D.</param>
    /// <param name="size">Rows and columns k of the kernel.</param>
    /// <param name="stride">Rows and columns between outputs.</param>
    /// <param name="padding">Rows and columns of zeros around the input.</param>
    public DeformableConv2d(long inputs, long outputs, long size = 3, long stride = 1, long padding = 0)
        : base(nameof(DeformableConv2d))
    {
        (this.stride, this.padding) = (stride, padding);
        double bound = 1 / Math.Sqrt(inputs * size * size);
        weight = new Parameter(empty(outputs, inputs, size, size).uniform_(-bound, bound));
        bias = new Parameter(zeros(outputs));
        conv_offset_mask = nn.Conv2d(inputs, 3 * size * size, size, stride, padding);
        RegisterComponents();
        Rest();
    }

    /// <summary>What offsets and modulations are learned by.</summary>
    internal IEnumerable<Parameter> OfTaps => conv_offset_mask.parameters();

    /// <summary>Sets offsets to 0 and modulations to ½.</summary>
    public void Rest()
    {
        nn.init.zeros_(conv_offset_mask.weight);
        nn.init.zeros_(conv_offset_mask.bias!);
    }

    /// <summary>Where the taps of each output read, and how much they count.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <returns>
    /// Offsets in cells [N, 2k², H', W'], dy and dx of each tap in turn, and modulations [N, k², H', W'] from 0
    /// to 1.
    /// </returns>
    public (Tensor Offsets, Tensor Modulations) Taps(Tensor x)
    {
        using var scope = NewDisposeScope();
        var said = conv_offset_mask.call(x);                                        // [N, 3k², H', W']
        long taps = said.shape[1] / 3;
        return (said.narrow(1, 0, 2 * taps).MoveToOuterDisposeScope(),
            said.narrow(1, 2 * taps, taps).sigmoid().MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)                                        // [N, C, H, W]
    {
        using var scope = NewDisposeScope();
        var (offsets, modulations) = Taps(x);
        return DeformableConvolution.Apply(
            x, offsets, weight, bias, (stride, stride), (padding, padding), null, modulations)
            .MoveToOuterDisposeScope();                                             // [N, D, H', W']
    }
}
