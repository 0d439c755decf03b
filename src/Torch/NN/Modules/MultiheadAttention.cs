using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// Attention with several heads (Vaswani et al. 2017): softmax(Q Kᵀ / √(E/heads)) V per head, queries, keys
/// and values projected before and the heads' results together after. L queries, S keys, N batch, E width.
/// </summary>
public sealed class MultiheadAttention
    : nn.Module<Tensor, Tensor, Tensor, Tensor?, bool, Tensor?, Tuple<Tensor, Tensor>>
{
    private readonly long _width, _heads;
    private readonly double _dropout;
    private readonly bool _addZero;
    private readonly Linear out_proj;

    internal MultiheadAttention(long width, long heads, double dropout, bool bias, bool addBias, bool addZero,
        long keyWidth, long valueWidth) : base(nameof(MultiheadAttention))
    {
        if (width % heads != 0)
            throw new ArgumentException($"The width {width} must be a multiple of the {heads} heads.",
                nameof(width));
        (_width, _heads, _dropout, _addZero) = (width, heads, dropout, addZero);
        var together = keyWidth == width && valueWidth == width;

        out_proj = new Linear(width, width, bias, null, null);      // drawn first, as PyTorch does
        if (together) register_parameter("in_proj_weight", Xavier([3 * width, width]));
        else
        {
            register_parameter("q_proj_weight", Xavier([width, width]));
            register_parameter("k_proj_weight", Xavier([width, keyWidth]));
            register_parameter("v_proj_weight", Xavier([width, valueWidth]));
        }
        if (bias) register_parameter("in_proj_bias", Start.Filled([3 * width], 0, null, null));
        if (bias) nn.init.constant_(out_proj.bias!, 0);
        if (addBias)
            foreach (var name in new[] { "bias_k", "bias_v" })
            {
                var extra = Start.Empty([1, 1, width], null, null);
                nn.init.xavier_normal_(extra);
                register_parameter(name, extra);
            }
        RegisterComponents();

        static Parameter Xavier(long[] shape)
        {
            var weight = Start.Empty(shape, null, null);
            nn.init.xavier_uniform_(weight);
            return weight;
        }
    }

    /// <param name="query">[L, N, E], or [L, E].</param>
    /// <param name="key">[S, N, key width], or [S, key width].</param>
    /// <param name="value">[S, N, value width], or [S, value width].</param>
    /// <param name="key_padding_mask">[N, S]: true for keys to leave out, or numbers to add to their
    /// scores.</param>
    /// <param name="need_weights">Whether the weights, averaged over the heads, are wanted.</param>
    /// <param name="attn_mask">[L, S] or [N·heads, L, S]: true for pairs to leave out, or numbers to
    /// add.</param>
    /// <returns>[L, N, E], and the weights [N, L, S] or null.</returns>
    public override Tuple<Tensor, Tensor> forward(Tensor query, Tensor key, Tensor value,
        Tensor? key_padding_mask, bool need_weights, Tensor? attn_mask)
    {
        using var scope = NewDisposeScope();
        var alone = query.dim() == 2;
        if (alone) (query, key, value) = (query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1));
        if (alone) key_padding_mask = key_padding_mask?.unsqueeze(0);
        long steps = query.shape[0], batch = query.shape[1], head = _width / _heads;

        var weights = GetOwn("in_proj_weight") is { } all
            ? all.chunk(3)
            : [GetOwn("q_proj_weight")!, GetOwn("k_proj_weight")!, GetOwn("v_proj_weight")!];
        var biases = GetOwn("in_proj_bias")?.chunk(3);
        var q = nn.functional.linear(query, weights[0], biases?[0]);         // [L, N, E]
        var k = nn.functional.linear(key, weights[1], biases?[1]);           // [S, N, E]
        var v = nn.functional.linear(value, weights[2], biases?[2]);
        long extra = 0;
        if (GetOwn("bias_k") is { } extraKey)
        {
            k = cat([k, extraKey.expand([1, batch, _width])], 0);
            v = cat([v, GetOwn("bias_v")!.expand([1, batch, _width])], 0);
            extra++;
        }
        q = Split(q);                                                        // [N·heads, L, head]
        (k, v) = (Split(k), Split(v));
        if (_addZero)
        {
            var zero = zeros([batch * _heads, 1, head], dtype: k.dtype, device: k.device);
            (k, v) = (cat([k, zero], 1), cat([v, zero], 1));
            extra++;
        }

        var scores = Op.Call("bmm", q * (1 / Math.Sqrt(head)), k.transpose(1, 2));      // [N·heads, L, S]
        if (attn_mask is not null) scores = scores + Additive(Widen(attn_mask), scores.dtype);
        if (key_padding_mask is not null)
        {
            var padding = Additive(Widen(key_padding_mask), scores.dtype).view(batch, 1, 1, -1);
            scores = (scores.view(batch, _heads, steps, -1) + padding).view(batch * _heads, steps, -1);
        }
        var attention = nn.functional.softmax(scores, -1);
        if (_dropout > 0) attention = nn.functional.dropout(attention, _dropout, training);
        var context = Op.Call("bmm", attention, v);                          // [N·heads, L, head]
        var y = out_proj.call(context.transpose(0, 1).contiguous().view(steps, batch, _width));
        if (alone) y = y.squeeze(1);
        Tensor? shares = null;
        if (need_weights)
        {
            shares = attention.view(batch, _heads, steps, -1).mean([1]);
            if (alone) shares = shares.squeeze(0);
        }
        return Tuple.Create(y.MoveToOuterDisposeScope(), shares?.MoveToOuterDisposeScope()!);

        Tensor Split(Tensor x) => x.contiguous().view(x.shape[0], batch * _heads, head).transpose(0, 1);

        // Masks do not know of the keys that add_bias_kv and add_zero_attn append: those are never left out.
        Tensor Widen(Tensor mask) => extra == 0 ? mask : nn.functional.pad(mask, [0, extra]);
    }

    public new Tuple<Tensor, Tensor> call(Tensor query, Tensor key, Tensor value,
        Tensor? key_padding_mask = null, bool need_weights = true, Tensor? attn_mask = null) =>
        base.call(query, key, value, key_padding_mask, need_weights, attn_mask);

    private static Tensor Additive(Tensor mask, ScalarType type) => mask.dtype != ScalarType.Bool
        ? mask
        : zeros(mask.shape, dtype: type, device: mask.device).masked_fill(mask, double.NegativeInfinity);
}
