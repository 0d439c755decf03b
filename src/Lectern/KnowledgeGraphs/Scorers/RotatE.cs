using Lectern.Training;

namespace Lectern.KnowledgeGraphs;

/// <summary>
/// RotatE: -Σ_k |h_k e^{iθ_k} - t_k| over complex numbers: a relation turns each coordinate. Sun et al., ICLR 2019.
/// A vector is its real parts, then its imaginary parts; a relation is its angles.
/// </summary>
public sealed class RotatE : nn.Module, IScorer
{
    private const long Chunk = 1 << 24;                     // numbers of a difference that are held at once

    /// <param name="width">D, real numbers an entity: D/2 complex ones, and D/2 angles a relation.</param>
    /// <exception cref="ArgumentException">D is odd.</exception>
    public RotatE(long width) : base(nameof(RotatE)) => EntityWidth = width % 2 == 0
        ? width
        : throw new ArgumentException(
            $"A vector of real and imaginary parts has an even width; given was {width}.", nameof(width));

    /// <inheritdoc/>
    public long EntityWidth { get; }

    /// <inheritdoc/>
    public long RelationWidth => EntityWidth / 2;

    /// <inheritdoc/>
    public Tensor Tails(Tensor h, Tensor r, Tensor entities) => Nearness(Turned(h, r), entities);

    /// <inheritdoc/>
    public Tensor Heads(Tensor r, Tensor t, Tensor entities) =>
        Nearness(Turned(t, -r), entities);                  // |h e^{iθ} - t| = |h - t e^{-iθ}|

    private static Tensor Turned(Tensor x, Tensor angles)
    {
        var ((a, b), c, s) = (Compare.Halves(x), angles.cos(), angles.sin());
        return cat([a * c - b * s, a * s + b * c], -1);
    }

    private static Tensor Nearness(Tensor q, Tensor entities)
    {
        if (entities.dim() == 3) return Moduli(q.unsqueeze(1) - entities);
        if (Kernels.OnCpu(q)) return -ComplexDistance.Of(q, entities);
        // [B, N, D] would not fit: some entities at a time.
        long step = Math.Max(1, Chunk / (q.shape[0] * q.shape[1]));
        return cat([.. entities.split(step).Select(part => Moduli(q.unsqueeze(1) - part.unsqueeze(0)))], 1);
    }

    private static Tensor Moduli(Tensor difference)                     // [B, K, D] -> [B, K]
    {
        var (real, imaginary) = Compare.Halves(difference);
        return -stack([real, imaginary], 0).norm(0).sum(-1);    // norm's gradient at 0 is 0; sqrt's is infinite
    }
}
