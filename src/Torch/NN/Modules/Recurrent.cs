using TorchSharp.Native;
using static TorchSharp.torch.nn.utils.rnn;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// The weights that recurrent layers share, under PyTorch's names: weight_ih_l0, …, bias_hh_l1_reverse.
/// </summary>
/// <remarks>All start uniform in ±1/√hidden. L steps, N batch, D directions.</remarks>
internal sealed class RecurrentWeights
{
    public RecurrentWeights(long gates, long inputs, long hidden, long layers, bool bias, bool batchFirst,
        double dropout, bool bidirectional, Device? device, ScalarType? dtype,
        Action<string, Parameter> register)
    {
        (Hidden, Layers, Biases, BatchFirst, Dropout, Bidirectional) =
            (hidden, layers, bias, batchFirst, dropout, bidirectional);
        if (dropout is < 0 or > 1)
            throw new ArgumentOutOfRangeException(nameof(dropout), dropout, "A probability lies in [0, 1].");
        var bound = hidden > 0 ? 1 / Math.Sqrt(hidden) : 0;
        for (var layer = 0; layer < layers; layer++)
            foreach (var direction in bidirectional ? new[] { "", "_reverse" } : [""])
            {
                var width = layer == 0 ? inputs : hidden * Directions;
                Add($"weight_ih_l{layer}{direction}", [gates * hidden, width]);
                Add($"weight_hh_l{layer}{direction}", [gates * hidden, hidden]);
                if (!bias) continue;
                Add($"bias_ih_l{layer}{direction}", [gates * hidden]);
                Add($"bias_hh_l{layer}{direction}", [gates * hidden]);
            }

        void Add(string name, long[] shape)
        {
            register(name, Start.Uniform(shape, bound, device, dtype));
            Names.Add(name);
        }
    }

    public List<string> Names { get; } = [];
    public long Hidden { get; }
    public long Layers { get; }
    public bool Biases { get; }
    public bool BatchFirst { get; }
    public double Dropout { get; }
    public bool Bidirectional { get; }
    public long Directions => Bidirectional ? 2 : 1;

    /// <summary>
    /// A first state of zeros: [D·layers, N, hidden], without N for an unbatched [L, F] input.
    /// </summary>
    public Tensor Zeros(Tensor input)
    {
        long[] shape = input.dim() == 2
            ? [Directions * Layers, Hidden]
            : [Directions * Layers, input.shape[BatchFirst ? 0 : 1], Hidden];
        return zeros(shape, dtype: input.dtype, device: input.device);
    }

    /// <summary>
    /// A first state of zeros for a packed batch, which has as many sequences as its first step.
    /// </summary>
    public Tensor Zeros(PackedSequence packed)
    {
        using var first = Op.Call("select.int", packed.batch_sizes, 0, 0);
        return zeros([Directions * Layers, first.item<long>(), Hidden], dtype: packed.data.dtype,
            device: packed.data.device);
    }
}

/// <summary>What GRU and RNN share: one state, [D·layers, N, hidden].</summary>
public abstract class RecurrentLayer : nn.Module<Tensor, Tensor?, (Tensor, Tensor)>
{
    private readonly RecurrentWeights _weights;
    private readonly string _dense, _packed;

    private protected RecurrentLayer(string name, string dense, string packed, long gates, long inputs,
        long hidden, long layers, bool bias, bool batchFirst, double dropout, bool bidirectional,
        Device? device, ScalarType? dtype) : base(name)
    {
        (_dense, _packed) = (dense, packed);
        _weights = new RecurrentWeights(gates, inputs, hidden, layers, bias, batchFirst, dropout,
            bidirectional, device, dtype, register_parameter);
    }

    /// <param name="input">[L, N, F], batch first [N, L, F], or [L, F].</param>
    /// <param name="h0">The first state [D·layers, N, hidden]; null is zero.</param>
    /// <returns>The last layer's states at each step [L, N, D·hidden], and the last states of all
    /// layers.</returns>
    public override (Tensor, Tensor) forward(Tensor input, Tensor? h0)
    {
        using var scope = NewDisposeScope();
        var w = _weights;
        var alone = input.dim() == 2;
        var x = alone ? input.unsqueeze(w.BatchFirst ? 0 : 1) : input;
        var h = h0 ?? w.Zeros(input);
        if (alone) h = h.unsqueeze(1);
        var (y, last) = Op.Call2(_dense, x, h, Parameters(), w.Biases, w.Layers, w.Dropout, training,
            w.Bidirectional, w.BatchFirst);
        if (alone) (y, last) = (y.squeeze(w.BatchFirst ? 0 : 1), last.squeeze(1));
        return (y.MoveToOuterDisposeScope(), last.MoveToOuterDisposeScope());
    }

    public new (Tensor, Tensor) call(Tensor input, Tensor? h0 = null) => base.call(input, h0);

    /// <summary>
    /// Runs sequences of different lengths, packed; the result is packed alike, states are in the given
    /// order.
    /// </summary>
    public (PackedSequence, Tensor) call(PackedSequence input, Tensor? h0 = null)
    {
        using var scope = NewDisposeScope();
        var w = _weights;
        var h = h0 is null ? w.Zeros(input) : input.Sort(h0);
        var (y, last) = Op.Call2(_packed, input.data, input.batch_sizes, h, Parameters(), w.Biases, w.Layers,
            w.Dropout, training, w.Bidirectional);
        return (input.With(y).MoveToOuterDisposeScope(), input.Unsort(last).MoveToOuterDisposeScope());
    }

    /// <summary>Does nothing: the bridge hands weights over as they lie.</summary>
    public void flatten_parameters() { }

    private Tensor[] Parameters() => [.. _weights.Names.Select(name => GetOwn(name)!)];
}

/// <summary>Gated recurrent units (Cho et al. 2014), gates in PyTorch's order: reset, update, new.</summary>
public sealed class GRU : RecurrentLayer
{
    internal GRU(long inputs, long hidden, long layers, bool bias, bool batchFirst, double dropout,
        bool bidirectional, Device? device, ScalarType? dtype)
            : base(nameof(GRU), "gru.input", "gru.data", 3, inputs, hidden, layers, bias,
            batchFirst, dropout, bidirectional, device, dtype)
    { }
}

/// <summary>Plain recurrence: h' = tanh or relu of W_ih x + b_ih + W_hh h + b_hh.</summary>
public sealed class RNN : RecurrentLayer
{
    internal RNN(long inputs, long hidden, long layers, nn.NonLinearities kind, bool bias, bool batchFirst,
        double dropout, bool bidirectional, Device? device, ScalarType? dtype)
        : base(nameof(RNN),
            kind == nn.NonLinearities.Tanh ? "rnn_tanh.input" : "rnn_relu.input",
            kind == nn.NonLinearities.Tanh ? "rnn_tanh.data" : "rnn_relu.data",
            1, inputs, hidden, layers, bias, batchFirst, dropout, bidirectional, device, dtype)
    { }
}

/// <summary>
/// Long short-term memory (Hochreiter and Schmidhuber 1997), gates in PyTorch's order: input, forget, cell,
/// output.
/// </summary>
public sealed class LSTM : nn.Module<Tensor, (Tensor, Tensor)?, (Tensor, Tensor, Tensor)>
{
    private readonly RecurrentWeights _weights;

    internal LSTM(long inputs, long hidden, long layers, bool bias, bool batchFirst, double dropout,
        bool bidirectional, Device? device, ScalarType? dtype) : base(nameof(LSTM)) =>
        _weights = new RecurrentWeights(4, inputs, hidden, layers, bias, batchFirst, dropout, bidirectional,
            device, dtype, register_parameter);

    /// <param name="input">[L, N, F], batch first [N, L, F], or [L, F].</param>
    /// <param name="h0_c0">The first state and cell, each [D·layers, N, hidden]; null is zero.</param>
    /// <returns>The last layer's states at each step [L, N, D·hidden], and the last states and cells of all
    /// layers.</returns>
    public override (Tensor, Tensor, Tensor) forward(Tensor input, (Tensor, Tensor)? h0_c0)
    {
        using var scope = NewDisposeScope();
        var w = _weights;
        var alone = input.dim() == 2;
        var x = alone ? input.unsqueeze(w.BatchFirst ? 0 : 1) : input;
        var (h, c) = h0_c0 ?? (w.Zeros(input), w.Zeros(input));
        if (alone) (h, c) = (h.unsqueeze(1), c.unsqueeze(1));
        var (y, last, cell) = Op.Call3("lstm.input", x, new[] { h, c }, Parameters(), w.Biases, w.Layers,
            w.Dropout, training, w.Bidirectional, w.BatchFirst);
        if (alone) (y, last, cell) = (y.squeeze(w.BatchFirst ? 0 : 1), last.squeeze(1), cell.squeeze(1));
        return (y.MoveToOuterDisposeScope(), last.MoveToOuterDisposeScope(), cell.MoveToOuterDisposeScope());
    }

    public new (Tensor, Tensor, Tensor) call(Tensor input, (Tensor, Tensor)? h0_c0 = null) =>
        base.call(input, h0_c0);

    /// <summary>
    /// Runs sequences of different lengths, packed; the result is packed alike, states are in the given
    /// order.
    /// </summary>
    public (PackedSequence, Tensor, Tensor) call(PackedSequence input, (Tensor, Tensor)? h0_c0 = null)
    {
        using var scope = NewDisposeScope();
        var w = _weights;
        var (h, c) = h0_c0 is { } given
            ? (input.Sort(given.Item1), input.Sort(given.Item2))
            : (w.Zeros(input), w.Zeros(input));
        var (y, last, cell) = Op.Call3("lstm.data", input.data, input.batch_sizes, new[] { h, c },
            Parameters(), w.Biases, w.Layers, w.Dropout, training, w.Bidirectional);
        return (input.With(y).MoveToOuterDisposeScope(), input.Unsort(last).MoveToOuterDisposeScope(),
            input.Unsort(cell).MoveToOuterDisposeScope());
    }

    /// <summary>Does nothing: the bridge hands weights over as they lie.</summary>
    public void flatten_parameters() { }

    private Tensor[] Parameters() => [.. _weights.Names.Select(name => GetOwn(name)!)];
}
