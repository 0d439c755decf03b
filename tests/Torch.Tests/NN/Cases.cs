using TorchSharp.Modules;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace Torch.Tests.NN;

/// <summary>
/// One module or function with its inputs: what vectors/make_nn.py computes under the same name.
/// </summary>
/// <param name="Module">The module whose parameters are filled and whose gradients are compared; null for a
/// function.</param>
/// <param name="Inputs">Shapes (filled, with a gradient) or tensors of whole numbers.</param>
/// <param name="Run">Inputs to results.</param>
internal sealed record Case(Module? Module, object[] Inputs, Func<Tensor[], Tensor[]> Run);

/// <summary>The cases; the order and the numbers of make_nn.py.</summary>
internal static class Cases
{
    public static readonly Dictionary<string, Func<Case>> All = new()
    {
        ["Linear"] = () => One(Linear(3, 4), S(2, 3)),
        ["Linear no bias"] = () => One(Linear(3, 4, hasBias: false), S(2, 5, 3)),
        ["Bilinear"] = () => Two(Bilinear(3, 2, 4), S(5, 3), S(5, 2)),
        ["Conv1d"] = () => One(Conv1d(2, 3, 3, stride: 2, padding: 1), S(2, 2, 7)),
        ["Conv2d"] = () => One(Conv2d(2, 3, 3, padding: 1), S(2, 2, 4, 5)),
        ["Conv2d unbatched"] = () => One(Conv2d(2, 3, 2), S(2, 4, 4)),
        ["Conv2d oblong"] = () => One(Conv2d(2, 4, (3, 2), (2, 1), (1, 0), (1, 2), groups: 2), S(1, 2, 5, 5)),
        ["Conv2d reflect"] = () =>
            One(Conv2d(1, 2, (3, 5), padding: (1, 2), padding_mode: PaddingModes.Reflect), S(1, 1, 4, 5)),
        ["Conv2d same circular"] = () =>
            One(Conv2d(1, 2, 3, Padding.Same, padding_mode: PaddingModes.Circular), S(1, 1, 4, 4)),
        ["Conv2d same"] = () => One(Conv2d(1, 2, (2, 3), Padding.Same, bias: false), S(1, 1, 4, 4)),
        ["Conv3d"] = () => One(Conv3d(1, 2, 2), S(1, 1, 3, 3, 3)),
        ["ConvTranspose1d"] = () =>
            One(ConvTranspose1d(2, 3, 3, stride: 2, padding: 1, output_padding: 1), S(1, 2, 4)),
        ["ConvTranspose2d"] = () => One(ConvTranspose2d(2, 3, 2, stride: 2), S(1, 2, 3, 3)),
        ["BatchNorm1d"] = () => One(BatchNorm1d(3), S(4, 3)),
        ["BatchNorm1d sequence"] = () => One(BatchNorm1d(3), S(2, 3, 4)),
        ["BatchNorm2d"] = () => One(BatchNorm2d(2), S(2, 2, 3, 3)),
        ["BatchNorm2d eval"] = () => One(Evaluating(BatchNorm2d(2)), S(2, 2, 3, 3)),
        ["BatchNorm3d"] = () => One(BatchNorm3d(2), S(1, 2, 2, 2, 2)),
        ["LayerNorm"] = () => One(LayerNorm([2, 3]), S(4, 2, 3)),
        ["GroupNorm"] = () => One(GroupNorm(2, 4), S(2, 4, 3)),
        ["InstanceNorm1d"] = () => One(InstanceNorm1d(2), S(2, 2, 5)),
        ["InstanceNorm2d"] = () => One(InstanceNorm2d(2, affine: true), S(2, 2, 3, 3)),
        ["InstanceNorm2d unbatched"] = () => One(InstanceNorm2d(2), S(2, 3, 3)),
        ["Embedding"] = () => One(Embedding(5, 3, padding_idx: 1), Words),
        ["EmbeddingBag"] = () => With(EmbeddingBag(5, 3), (m, x) => [m.call(x[0])], Words),
        ["EmbeddingBag offsets"] = () =>
            With(EmbeddingBag(5, 3, mode: EmbeddingBagMode.Sum), (m, x) => [m.call(x[0], x[1])],
            I(0, 1, 4, 2, 2, 0), I(0, 2, 5)),
        ["RNN"] = () => With(RNN(3, 4), (m, x) => L(m.call(x[0])), S(5, 2, 3)),
        ["RNN relu"] = () =>
            With(RNN(3, 4, nonLinearity: NonLinearities.ReLU, bias: false), (m, x) => L(m.call(x[0])),
                S(5, 2, 3)),
        ["GRU"] = () => With(GRU(3, 4, numLayers: 2), (m, x) => L(m.call(x[0])), S(5, 2, 3)),
        ["GRU both ways"] = () =>
            With(GRU(3, 2, bidirectional: true, batchFirst: true), (m, x) => L(m.call(x[0])), S(2, 4, 3)),
        ["GRU unbatched"] = () => With(GRU(3, 2), (m, x) => L(m.call(x[0])), S(4, 3)),
        ["GRU with state"] = () => With(GRU(3, 2), (m, x) => L(m.call(x[0], x[1])), S(4, 2, 3), S(1, 2, 2)),
        ["GRU packed"] = () => With(GRU(3, 2), (m, x) =>
        {
            var (y, h) = m.call(Pack(x[0]));
            return [nn.utils.rnn.pad_packed_sequence(y).Item1, h];
        }, S(4, 3, 3)),
        ["LSTM"] = () =>
            With(LSTM(3, 4, numLayers: 2, bidirectional: true), (m, x) => L(m.call(x[0])), S(4, 2, 3)),
        ["LSTM packed"] = () => With(LSTM(3, 2), (m, x) =>
        {
            var (y, h, c) = m.call(Pack(x[0]));
            return [nn.utils.rnn.pad_packed_sequence(y).Item1, h, c];
        }, S(4, 3, 3)),
        ["RNNCell"] = () => With(RNNCell(3, 4), (m, x) => [m.call(x[0], x[1])], S(2, 3), S(2, 4)),
        ["GRUCell"] = () => With(GRUCell(3, 4), (m, x) => [m.call(x[0], x[1])], S(2, 3), S(2, 4)),
        ["LSTMCell"] = () =>
            With(LSTMCell(3, 4), (m, x) => L(m.call(x[0], (x[1], x[2]))), S(2, 3), S(2, 4), S(2, 4)),
        ["LSTMCell no state"] = () => With(LSTMCell(3, 4, bias: false), (m, x) => L(m.call(x[0])), S(2, 3)),
        ["MultiheadAttention"] = () =>
            With(MultiheadAttention(6, 2), (m, x) => L(m.call(x[0], x[1], x[2])), S(3, 2, 6), S(4, 2, 6),
                S(4, 2, 6)),
        ["MultiheadAttention widths"] = () => With(
            MultiheadAttention(4, 2, kdim: 3, vdim: 2, add_bias_kv: true, add_zero_attn: true),
            (m, x) => L(m.call(x[0], x[1], x[2])), S(3, 2, 4), S(4, 2, 3), S(4, 2, 2)),
        ["MultiheadAttention masked"] = () =>
            With(MultiheadAttention(4, 2), (m, x) => L(m.call(x[0], x[0], x[0],
            tensor(new[] { false, false, true, false, true, false }).reshape(2, 3), true,
            full(3, 3, double.NegativeInfinity, dtype: ScalarType.Float64).triu(2))), S(3, 2, 4)),
        ["TransformerEncoderLayer"] = () => One(TransformerEncoderLayer(8, 2, 12, 0), S(3, 2, 8)),
        ["TransformerEncoder"] = () =>
            With(TransformerEncoder(TransformerEncoderLayer(8, 2, 12, 0, Activations.GELU), 2),
            (m, x) => [m.call(x[0])], S(3, 2, 8)),
        ["Sequential"] = () => One(Sequential(Linear(3, 4), ReLU(), Linear(4, 2)), S(2, 3)),

        ["MaxPool1d"] = () => One(MaxPool1d(3, 2, 1), S(1, 2, 7)),
        ["MaxPool2d"] = () => One(MaxPool2d(2), S(1, 2, 5, 4)),
        ["MaxPool2d ceil"] = () => One(MaxPool2d((3, 2), (2, 2), (1, 0), ceil_mode: true), S(1, 1, 6, 5)),
        ["max_unpool2d"] = () => Function(x =>
        {
            var (top, where) = F.max_pool2d_with_indices(x[0], [2, 2]);
            return F.max_unpool2d(top, where, [2, 2]);
        }, S(1, 1, 4, 4)),
        ["AvgPool1d"] = () => One(AvgPool1d(3, 2), S(1, 2, 7)),
        ["AvgPool2d"] = () => One(AvgPool2d(2, padding: 1, count_include_pad: false), S(1, 1, 4, 4)),
        ["AdaptiveAvgPool1d"] = () => One(AdaptiveAvgPool1d(3), S(1, 2, 7)),
        ["AdaptiveAvgPool2d"] = () => One(AdaptiveAvgPool2d((2, 3)), S(1, 1, 5, 5)),
        ["AdaptiveMaxPool2d"] = () => One(AdaptiveMaxPool2d([2, 3]), S(1, 1, 5, 5)),
        ["Upsample"] = () =>
            One(Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bilinear, align_corners: true),
                S(1, 1, 3, 2)),
        ["interpolate nearest"] = () => Function(x => F.interpolate(x[0], [5, 3]), S(1, 1, 3, 2)),
        ["interpolate bilinear"] = () =>
            Function(x => F.interpolate(x[0], null, [1.7, 1.7], InterpolationMode.Bilinear), S(1, 1, 3, 4)),
        ["interpolate recomputed"] = () =>
            Function(x => F.interpolate(x[0], null, [1.7, 1.7], InterpolationMode.Bilinear,
            recompute_scale_factor: true), S(1, 1, 3, 4)),
        ["interpolate bicubic"] = () =>
            Function(x => F.interpolate(x[0], [4, 5], mode: InterpolationMode.Bicubic), S(1, 1, 3, 3)),
        ["interpolate area"] = () =>
            Function(x => F.interpolate(x[0], [2, 2], mode: InterpolationMode.Area), S(1, 1, 5, 4)),
        ["interpolate linear"] = () =>
            Function(x => F.interpolate(x[0], [7], mode: InterpolationMode.Linear), S(1, 2, 4)),
        ["interpolate antialias"] = () =>
            Function(x => F.interpolate(x[0], [2, 3], mode: InterpolationMode.Bilinear, antialias: true),
            S(1, 1, 5, 6)),
        ["ZeroPad2d"] = () => One(ZeroPad2d((1, 0, 2, 1)), S(1, 1, 2, 3)),
        ["ReflectionPad2d"] = () => One(ReflectionPad2d((1, 2, 0, 1)), S(1, 1, 3, 3)),
        ["ReplicationPad2d"] = () => One(ReplicationPad2d(1), S(1, 1, 2, 3)),
        ["pad constant"] = () => Function(x => F.pad(x[0], (1, -1), value: 2.5), S(2, 3)),
        ["pad circular"] = () => Function(x => F.pad(x[0], (1, 2), PaddingModes.Circular), S(1, 1, 4)),
        ["Flatten"] = () => One(Flatten(), S(2, 3, 2)),
        ["Unflatten"] = () => One(Unflatten(1, [2, 3]), S(2, 6)),
        ["PixelShuffle"] = () => One(PixelShuffle(2), S(1, 4, 2, 3)),
        ["PixelUnshuffle"] = () => One(PixelUnshuffle(2), S(1, 1, 4, 2)),
        ["unfold"] = () =>
            Function(x => F.unfold(x[0], (2, 3), padding: (1, 1), stride: (2, 2)), S(1, 2, 4, 5)),
        ["fold"] = () => Function(x => F.fold(x[0], 3, 2), S(1, 8, 4)),
        ["grid_sample"] = () =>
            Function(x => F.grid_sample(x[0], x[1], align_corners: false), S(1, 2, 3, 4), S(1, 2, 3, 2)),
        ["grid_sample border"] = () =>
            Function(x => F.grid_sample(x[0], x[1], padding_mode: GridSamplePaddingMode.Border,
                align_corners: true),
            S(1, 1, 3, 4), S(1, 2, 2, 2)),
        ["affine_grid"] = () => Function(x => F.affine_grid(x[0], [1, 1, 2, 3]), S(1, 2, 3)),
        ["normalize"] = () => Function(x => F.normalize(x[0]), S(3, 4)),
        ["cosine_similarity"] = () => Two(CosineSimilarity(1), S(3, 4), S(3, 4)),
        ["pairwise_distance"] = () => Two(PairwiseDistance(), S(3, 4), S(3, 4)),
        ["one_hot"] = () => Function(x => F.one_hot(x[0], 4).to(ScalarType.Float64), I(0, 3, 1)),
        ["attention"] = () =>
            Function(x => F.scaled_dot_product_attention(x[0], x[1], x[2]), S(2, 2, 3), S(2, 3, 3),
                S(2, 3, 2)),
        ["attention masked"] = () => Function(x => F.scaled_dot_product_attention(x[0], x[1], x[2],
            tensor(new[] { true, false, true, true, true, false }).reshape(2, 3)), S(2, 2, 3), S(2, 3, 3),
            S(2, 3, 2)),
        ["attention causal"] = () =>
            Function(x => F.scaled_dot_product_attention(x[0], x[1], x[2], is_casual: true),
            S(1, 3, 2), S(1, 3, 2), S(1, 3, 2)),

        ["ReLU"] = () => One(ReLU(), S(3, 3)),
        ["ReLU6"] = () => One(ReLU6(), S(3, 3)),
        ["LeakyReLU"] = () => One(LeakyReLU(0.1), S(3, 3)),
        ["RReLU"] = () => One(Evaluating(RReLU()), S(3, 3)),
        ["PReLU"] = () => One(PReLU(3), S(3, 3)),
        ["ELU"] = () => One(ELU(0.7), S(3, 3)),
        ["CELU"] = () => One(CELU(0.7), S(3, 3)),
        ["SELU"] = () => One(SELU(), S(3, 3)),
        ["GELU"] = () => One(GELU(), S(3, 3)),
        ["GELU tanh"] = () => One(GELU(TorchSharp.Modules.GELU.Approximate.tanh), S(3, 3)),
        ["SiLU"] = () => One(SiLU(), S(3, 3)),
        ["Mish"] = () => One(Mish(), S(3, 3)),
        ["Sigmoid"] = () => One(Sigmoid(), S(3, 3)),
        ["LogSigmoid"] = () => One(LogSigmoid(), S(3, 3)),
        ["Tanh"] = () => One(Tanh(), S(3, 3)),
        ["Tanhshrink"] = () => One(Tanhshrink(), S(3, 3)),
        ["Softsign"] = () => One(Softsign(), S(3, 3)),
        ["Softplus"] = () => One(Softplus(2, 1), S(3, 3)),
        ["Hardtanh"] = () => One(Hardtanh(-0.5, 0.7), S(3, 3)),
        ["Hardswish"] = () => One(Hardswish(), S(3, 3)),
        ["Hardsigmoid"] = () => One(Hardsigmoid(), S(3, 3)),
        ["Hardshrink"] = () => One(Hardshrink(), S(3, 3)),
        ["Softshrink"] = () => One(Softshrink(), S(3, 3)),
        ["Threshold"] = () => One(Threshold(0.1, 3), S(3, 3)),
        ["Softmax"] = () => One(Softmax(1), S(3, 3)),
        ["Softmin"] = () => One(Softmin(1), S(3, 3)),
        ["LogSoftmax"] = () => One(LogSoftmax(1), S(3, 3)),
        ["Identity"] = () => One(Identity(), S(3, 3)),
        ["Dropout eval"] = () => One(Evaluating(Dropout()), S(3, 3)),
        ["GLU"] = () => One(GLU(), S(3, 4)),
        ["Softmax2d"] = () => One(Softmax2d(), S(1, 3, 2, 2)),

        ["CrossEntropy loss"] = () => Function(x => CrossEntropyLoss().call(x[0], I(0, 2, 1)), S(3, 3)),
        ["CrossEntropy weights loss"] = () =>
            Function(x => new CrossEntropyLoss(Weights, 2, label_smoothing: 0.1).call(x[0], I(0, 2, 1)),
                S(3, 3)),
        ["CrossEntropy shares loss"] = () =>
            Function(x => CrossEntropyLoss(reduction: Reduction.Sum).call(x[0], Other.softmax(1)), S(3, 3)),
        ["NLL loss"] = () => Function(x => NLLLoss(Weights).call(x[0].log_softmax(1), I(0, 2, 1)), S(3, 3)),
        ["BCE loss"] = () => Function(x => BCELoss().call(x[0].sigmoid(), Other.sigmoid()), S(3, 3)),
        ["BCEWithLogits loss"] = () =>
            Function(x => BCEWithLogitsLoss(Weights, pos_weights: Weights + 1).call(x[0], Other.sigmoid()),
                S(3, 3)),
        ["MSE loss"] = () => Function(x => MSELoss().call(x[0], Other), S(3, 3)),
        ["MSE none loss"] = () => Function(x => MSELoss(Reduction.None).call(x[0], Other), S(3, 3)),
        ["L1 loss"] = () => Function(x => L1Loss(Reduction.Sum).call(x[0], Other), S(3, 3)),
        ["SmoothL1 loss"] = () => Function(x => SmoothL1Loss(beta: 0.4).call(x[0], Other), S(3, 3)),
        ["Huber loss"] = () => Function(x => HuberLoss(0.4).call(x[0], Other), S(3, 3)),
        ["KLDiv loss"] = () =>
            Function(x => KLDivLoss().call(x[0].log_softmax(1), Other.log_softmax(1)), S(3, 3)),
        ["KLDiv shares loss"] = () =>
            Function(x => KLDivLoss(false).call(x[0].log_softmax(1), Other.softmax(1)), S(3, 3)),
        ["SoftMargin loss"] = () => Function(x => SoftMarginLoss().call(x[0], Signs), S(3, 3)),
        ["HingeEmbedding loss"] = () => Function(x => HingeEmbeddingLoss(0.7).call(x[0], Signs), S(3, 3)),
        ["MultiLabelMargin loss"] = () =>
            Function(x => MultiLabelMarginLoss().call(x[0], I(0, 2, -1, 1, -1, 0, 2, 1, 0).reshape(3, 3)),
                S(3, 3)),
        ["MultiLabelSoftMargin loss"] = () => Function(x => MultiLabelSoftMarginLoss(Weights)
            .call(x[0], I(0, 1, 1, 1, 0, 0, 1, 1, 0).reshape(3, 3).to(ScalarType.Float64)), S(3, 3)),
        ["MultiMargin loss"] = () => Function(x => MultiMarginLoss(2, 0.8).call(x[0], I(0, 2, 1)), S(3, 3)),
        ["PoissonNLL loss"] = () =>
            Function(x => PoissonNLLLoss(full: true).call(x[0], Other.abs() * 4), S(3, 3)),
        ["GaussianNLL loss"] = () =>
            Function(x => GaussianNLLLoss(full: true).call(x[0], Other, Third.abs() + 0.1), S(3, 3)),
        ["CosineEmbedding loss"] = () =>
            Function(x => CosineEmbeddingLoss(0.1).call(x[0], Other, Signs), S(3, 3)),
        ["MarginRanking loss"] = () =>
            Function(x => MarginRankingLoss(0.2).call(x[0], Other, Signs.reshape(1, 3)), S(3, 3)),
        ["TripletMargin loss"] = () =>
            Function(x => TripletMarginLoss(swap: true).call(x[0], Other, Third), S(3, 3)),
        ["TripletMargin distance loss"] = () =>
            Function(x => TripletMarginWithDistanceLoss((a, b) => (a - b).abs().sum(1), 3)
            .call(x[0], Other, Third), S(3, 3)),
        ["CTC loss"] = () =>
            Function(x => F.ctc_loss(x[0].log_softmax(2), I(1, 2, 2, 2).reshape(2, 2), I(5, 4), I(2, 1)),
                S(5, 2, 3)),
    };

    /// <summary>Numbers that both languages compute alike: sin(0.37 k + 1.3 seed + 0.2).</summary>
    public static Tensor Fill(long[] shape, int seed)
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        var numbers = new double[count];
        for (var k = 0; k < count; k++) numbers[k] = Math.Sin(0.37 * k + 1.3 * seed + 0.2);
        return tensor(numbers).reshape(shape);
    }

    private static Tensor Words => I(0, 1, 4, 2, 2, 0).reshape(2, 3);
    private static Tensor Other => Fill([3, 3], 4);
    private static Tensor Third => Fill([3, 3], 6);
    private static Tensor Weights => Fill([3], 5).abs();
    private static Tensor Signs => tensor(new[] { 1.0, -1, 1 });

    private static nn.utils.rnn.PackedSequence Pack(Tensor x) =>
        nn.utils.rnn.pack_padded_sequence(x, I(2, 4, 3), enforce_sorted: false);

    private static object S(params long[] shape) => shape;
    private static Tensor I(params long[] numbers) => tensor(numbers);
    private static Tensor[] L((Tensor, Tensor) two) => [two.Item1, two.Item2];
    private static Tensor[] L((Tensor, Tensor, Tensor) three) => [three.Item1, three.Item2, three.Item3];
    private static Tensor[] L(Tuple<Tensor, Tensor> two) => [two.Item1, two.Item2];

    private static T Evaluating<T>(T module) where T : Module
    {
        module.eval();
        return module;
    }

    private static Case One(Module<Tensor, Tensor> m, object input) => new(m, [input], x => [m.call(x[0])]);
    private static Case Two(Module<Tensor, Tensor, Tensor> m, object a, object b) =>
        new(m, [a, b], x => [m.call(x[0], x[1])]);
    private static Case Function(Func<Tensor[], Tensor> f, params object[] inputs) =>
        new(null, inputs, x => [f(x)]);

    // The module is moved to double before it is run, in place, so that the function may keep it.
    private static Case With<T>(T module, Func<T, Tensor[], Tensor[]> run,
        params object[] inputs) where T : Module =>
        new(module, inputs, x => run(module, x));
}
