using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What the one-step cells share: four tensors that start uniform in ±1/√hidden.</summary>
public abstract class RecurrentCell<TState, TResult> : nn.Module<Tensor, TState, TResult>
{
    private protected RecurrentCell(string name, long gates, long inputs, long hidden, bool bias,
        Device? device, ScalarType? dtype)
        : base(name)
    {
        var bound = hidden > 0 ? 1 / Math.Sqrt(hidden) : 0;
        weight_ih = Start.Uniform([gates * hidden, inputs], bound, device, dtype);
        weight_hh = Start.Uniform([gates * hidden, hidden], bound, device, dtype);
        if (!bias) return;
        bias_ih = Start.Uniform([gates * hidden], bound, device, dtype);
        bias_hh = Start.Uniform([gates * hidden], bound, device, dtype);
    }

    /// <summary>[gates · hidden, inputs].</summary>
    public Parameter? weight_ih { get => GetOwn("weight_ih"); set => SetOwn("weight_ih", value); }

    /// <summary>[gates · hidden, hidden].</summary>
    public Parameter? weight_hh { get => GetOwn("weight_hh"); set => SetOwn("weight_hh", value); }

    /// <summary>[gates · hidden], or null.</summary>
    public Parameter? bias_ih { get => GetOwn("bias_ih"); set => SetOwn("bias_ih", value); }

    /// <summary>[gates · hidden], or null.</summary>
    public Parameter? bias_hh { get => GetOwn("bias_hh"); set => SetOwn("bias_hh", value); }

    /// <summary>Zeros of a state for an input [N, F] or [F].</summary>
    private protected Tensor Zeros(Tensor input)
    {
        var hidden = weight_hh!.shape[1];
        return zeros(input.dim() == 1 ? [hidden] : [input.shape[0], hidden], dtype: input.dtype,
            device: input.device);
    }
}

/// <summary>One step of <see cref="GRU"/>: [N, F], [N, hidden] -> [N, hidden].</summary>
public sealed class GRUCell : RecurrentCell<Tensor?, Tensor>
{
    internal GRUCell(long inputs, long hidden, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(GRUCell), 3, inputs, hidden, bias, device, dtype) { }

    public override Tensor forward(Tensor input, Tensor? h0)
    {
        using var scope = NewDisposeScope();
        var h = h0 ?? Zeros(input);
        return Op.Call("gru_cell", input, h, weight_ih, weight_hh, bias_ih,
            bias_hh).MoveToOuterDisposeScope();
    }
}

/// <summary>One step of <see cref="LSTM"/>: [N, F] and state, cell [N, hidden] -> the next two.</summary>
public sealed class LSTMCell : RecurrentCell<(Tensor, Tensor)?, (Tensor, Tensor)>
{
    internal LSTMCell(long inputs, long hidden, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(LSTMCell), 4, inputs, hidden, bias, device, dtype) { }

    public override (Tensor, Tensor) forward(Tensor input, (Tensor, Tensor)? h0_c0)
    {
        using var scope = NewDisposeScope();
        var (h, c) = h0_c0 ?? (Zeros(input), Zeros(input));
        var (next, cell) = Op.Call2("lstm_cell", input, new[] { h, c }, weight_ih, weight_hh, bias_ih,
            bias_hh);
        return (next.MoveToOuterDisposeScope(), cell.MoveToOuterDisposeScope());
    }

    public new (Tensor, Tensor) call(Tensor input, (Tensor, Tensor)? h0_c0 = null) => base.call(input, h0_c0);
}

/// <summary>One step of <see cref="RNN"/>: [N, F], [N, hidden] -> [N, hidden].</summary>
public sealed class RNNCell : RecurrentCell<Tensor?, Tensor>
{
    private readonly nn.NonLinearities _kind;

    internal RNNCell(long inputs, long hidden, nn.NonLinearities kind, bool bias, Device? device,
        ScalarType? dtype)
        : base(nameof(RNNCell), 1, inputs, hidden, bias, device, dtype) => _kind = kind;

    public override Tensor forward(Tensor input, Tensor? h0)
    {
        using var scope = NewDisposeScope();
        var h = h0 ?? Zeros(input);
        return Op.Call(_kind == nn.NonLinearities.Tanh ? "rnn_tanh_cell" : "rnn_relu_cell", input, h,
            weight_ih, weight_hh, bias_ih, bias_hh).MoveToOuterDisposeScope();
    }
}
