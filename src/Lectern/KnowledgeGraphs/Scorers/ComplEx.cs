namespace Lectern.KnowledgeGraphs;

/// <summary>
/// ComplEx: Re Σ_k h_k r_k t̄_k over complex numbers. Trouillon et al., ICML 2016. A vector is its real parts, then
/// its imaginary parts.
/// </summary>
public sealed class ComplEx : ProductScorer
{
    /// <param name="width">D, real numbers an entity and a relation: D/2 complex ones.</param>
    /// <exception cref="ArgumentException">D is odd.</exception>
    public ComplEx(long width) : base(nameof(ComplEx)) => EntityWidth = width % 2 == 0
        ? width
        : throw new ArgumentException(
            $"A vector of real and imaginary parts has an even width; given was {width}.", nameof(width));

    /// <inheritdoc/>
    public override long EntityWidth { get; }

    /// <inheritdoc/>
    public override long RelationWidth => EntityWidth;

    /// <inheritdoc/>
    public override Tensor TailQuery(Tensor h, Tensor r)
    {
        var ((a, b), (c, d)) = (Compare.Halves(h), Compare.Halves(r));
        return cat([a * c - b * d, a * d + b * c], -1);                 // h r, and Re(x t̄) = ⟨x, t⟩
    }

    /// <inheritdoc/>
    public override Tensor HeadQuery(Tensor r, Tensor t)
    {
        var ((c, d), (e, f)) = (Compare.Halves(r), Compare.Halves(t));
        return cat([c * e + d * f, c * f - d * e], -1);                 // Re(h r t̄) = ⟨h, r̄ t⟩
    }
}
