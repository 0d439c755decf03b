using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.Modules;

/// <summary>
/// In training sets each element to 0 with probability p and scales the others by 1/(1 − p).
/// </summary>
public sealed class Dropout : ParameterLessModule<Tensor, Tensor>
{
    internal Dropout(double p, bool inplace) : base(nameof(Dropout)) => (this.p, this.inplace) = (p, inplace);
    public double p { get; set; }
    public bool inplace { get; set; }
    public override Tensor forward(Tensor tensor) => F.dropout(tensor, p, training, inplace);
}

/// <summary>Drops whole channels of [N, C, L].</summary>
public sealed class Dropout1d : ParameterLessModule<Tensor, Tensor>
{
    internal Dropout1d(double p, bool inplace) : base(nameof(Dropout1d)) =>
        (this.p, this.inplace) = (p, inplace);
    public double p { get; set; }
    public bool inplace { get; set; }
    public override Tensor forward(Tensor tensor) => F.dropout1d(tensor, p, training, inplace);
}

/// <summary>Drops whole channels of [N, C, H, W].</summary>
public sealed class Dropout2d : ParameterLessModule<Tensor, Tensor>
{
    internal Dropout2d(double p, bool inplace) : base(nameof(Dropout2d)) =>
        (this.p, this.inplace) = (p, inplace);
    public double p { get; set; }
    public bool inplace { get; set; }
    public override Tensor forward(Tensor tensor) => F.dropout2d(tensor, p, training, inplace);
}

/// <summary>
/// Dropout that keeps mean and variance (Klambauer et al. 2017), for use with <see cref="SELU"/>.
/// </summary>
public sealed class AlphaDropout : ParameterLessModule<Tensor, Tensor>
{
    internal AlphaDropout(double p, bool inplace) : base(nameof(AlphaDropout)) =>
        (this.p, this.inplace) = (p, inplace);
    public double p { get; set; }
    public bool inplace { get; set; }
    public override Tensor forward(Tensor tensor) => F.alpha_dropout(tensor, p, training, inplace);
}

/// <summary>Alpha dropout of whole channels.</summary>
public sealed class FeatureAlphaDropout : ParameterLessModule<Tensor, Tensor>
{
    internal FeatureAlphaDropout(double p, bool inplace) : base(nameof(FeatureAlphaDropout)) =>
        (this.p, this.inplace) = (p, inplace);
    public double p { get; set; }
    public bool inplace { get; set; }
    public override Tensor forward(Tensor tensor) => F.feature_alpha_dropout(tensor, p, training, inplace);
}
