using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.Modules;

/// <summary>x1·x2 / max(‖x1‖ ‖x2‖, eps) along an axis.</summary>
public sealed class CosineSimilarity : ParameterLessModule<Tensor, Tensor, Tensor>
{
    internal CosineSimilarity(long dim, double eps) : base(nameof(CosineSimilarity)) =>
        (this.dim, this.eps) = (dim, eps);
    public long dim { get; set; }
    public double eps { get; set; }
    public override Tensor forward(Tensor input1, Tensor input2) =>
        F.cosine_similarity(input1, input2, dim, eps);
}

/// <summary>‖x1 − x2 + eps‖ₚ along the last axis.</summary>
public sealed class PairwiseDistance : ParameterLessModule<Tensor, Tensor, Tensor>
{
    internal PairwiseDistance(double p, double eps, bool keepdim) : base(nameof(PairwiseDistance)) =>
        (norm, this.eps, this.keepdim) = (p, eps, keepdim);
    public double norm { get; set; }
    public double eps { get; set; }
    public bool keepdim { get; set; }
    public override Tensor forward(Tensor input1, Tensor input2) =>
        F.pairwise_distance(input1, input2, norm, eps, keepdim);
}
