using Lectern.Training;

namespace Lectern.Papers.Applications;

/// <summary>
/// An invertible map from points z to Gaussian ε that depends on a context: a stack of ε ← (ε + t) eˢ, where each layer
/// reads s and t off the context alone. So the stack as a whole is one affine map a dimension, whatever its depth.
/// </summary>
public sealed class AffineFlow : nn.Module
{
    private readonly TorchSharp.Modules.ModuleList<Linear> inner = new(), outer = new();
    private readonly Parameter weights;                                         // w_l of s_l = w_l tanh(·)
    private readonly int width;

    /// <param name="context">C, columns of the context.</param>
    /// <param name="width">K, dimensions of a point.</param>
    /// <param name="layers">L.</param>
    /// <param name="hidden">Width of each layer's network.</param>
    public AffineFlow(int context, int width, int layers, int hidden) : base(nameof(AffineFlow))
    {
        this.width = width;
        weights = new Parameter(ones(layers));
        for (int l = 0; l < layers; l++)
        {
            inner.Add(nn.Linear(context, hidden));
            outer.Add(nn.Linear(hidden, 2 * width));
            nn.init.constant_(outer[l].weight!, 1e-10);                         // the identity, to begin with
            nn.init.constant_(outer[l].bias!, 1e-10);
        }
        RegisterComponents();
    }

    /// <summary>s and t of a layer: [B, K] each.</summary>
    private (Tensor S, Tensor T) Layer(int l, Tensor context)
    {
        var both = outer[l].call(FastLinear.Apply(context, inner[l].weight!, inner[l].bias).tanh());   // [B, C] -> [B, 2K]
        return (weights[l] * both.narrow(1, 0, width).tanh(), both.narrow(1, width, width));
    }

    /// <summary>z to ε.</summary>
    /// <param name="z">[B, K].</param>
    /// <param name="context">[B, C].</param>
    /// <returns>ε [B, K], and the logarithm of the Jacobian's determinant, Σ s [B].</returns>
    public (Tensor Epsilon, Tensor LogDeterminant) Forward(Tensor z, Tensor context)
    {
        var determinant = zeros(z.shape[0], z.dtype, z.device);
        for (int l = 0; l < inner.Count; l++)
        {
            var (s, t) = Layer(l, context);
            z = (z + t) * s.exp();
            determinant = determinant + s.sum(1);
        }
        return (z, determinant);
    }

    /// <summary>ε to z: the layers undone, the last one first.</summary>
    /// <param name="epsilon">[B, K].</param>
    /// <param name="context">[B, C].</param>
    public Tensor Inverse(Tensor epsilon, Tensor context)
    {
        for (int l = inner.Count - 1; l >= 0; l--)
        {
            var (s, t) = Layer(l, context);
            epsilon = epsilon * (-s).exp() - t;
        }
        return epsilon;
    }

    /// <summary>log N(ε; 0, I) + Σ s, the logarithm of the density of z.</summary>
    /// <param name="z">[B, K].</param>
    /// <param name="context">[B, C].</param>
    /// <returns>[B].</returns>
    public Tensor LogDensity(Tensor z, Tensor context)
    {
        var (epsilon, determinant) = Forward(z, context);
        return determinant - 0.5 * epsilon.square().sum(1) - 0.5 * width * Math.Log(2 * Math.PI);
    }

    /// <summary>The Gaussian that z has: μ and α [B, K], so that z = μ + α ε.</summary>
    /// <param name="context">[B, C].</param>
    public (Tensor Mean, Tensor Deviation) Gaussian(Tensor context)
    {
        var zero = Inverse(zeros(context.shape[0], width, context.dtype, context.device), context);
        return (zero, Inverse(ones(context.shape[0], width, context.dtype, context.device), context) - zero);
    }
}
