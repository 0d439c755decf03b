using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// Self-attention and a two-layer network, each added to its input and normalised after (Vaswani et al.
/// 2017).
/// </summary>
public sealed class TransformerEncoderLayer : nn.Module<Tensor, Tensor>, nn.IModule<Tensor, Tensor, Tensor>,
    nn.IModule<Tensor, Tensor, Tensor, Tensor>
{
    private readonly MultiheadAttention self_attn;
    private readonly Linear linear1, linear2;
    private readonly LayerNorm norm1, norm2;
    private readonly Dropout dropout, dropout1, dropout2;
    private readonly (long Width, long Heads, long Hidden, double Dropout, nn.Activations Activation) _made;

    internal TransformerEncoderLayer(long width, long heads, long hidden, double dropout,
        nn.Activations activation)
        : base(nameof(TransformerEncoderLayer))
    {
        _made = (width, heads, hidden, dropout, activation);
        self_attn = nn.MultiheadAttention(width, heads, dropout);
        linear1 = nn.Linear(width, hidden);
        this.dropout = nn.Dropout(dropout);
        linear2 = nn.Linear(hidden, width);
        (norm1, norm2) = (nn.LayerNorm(width), nn.LayerNorm(width));
        (dropout1, dropout2) = (nn.Dropout(dropout), nn.Dropout(dropout));
        RegisterComponents();
    }

    /// <summary>A layer of the same sizes and values.</summary>
    internal TransformerEncoderLayer Copy()
    {
        var copy = new TransformerEncoderLayer(_made.Width, _made.Heads, _made.Hidden, _made.Dropout,
            _made.Activation);
        copy.load_state_dict(state_dict());
        return copy;
    }

    public override Tensor forward(Tensor src) => Run(src, null, null);

    public Tensor call(Tensor src, Tensor src_mask) => Run(src, src_mask, null);

    /// <param name="src">[L, N, E].</param>
    /// <param name="src_mask">[L, L], see <see cref="MultiheadAttention.forward"/>; or null.</param>
    /// <param name="src_key_padding_mask">[N, L]; or null.</param>
    public Tensor call(Tensor src, Tensor src_mask, Tensor src_key_padding_mask) =>
        Run(src, src_mask, src_key_padding_mask);

    internal Tensor Run(Tensor src, Tensor? mask, Tensor? padding)
    {
        using var scope = NewDisposeScope();
        var attended = self_attn.call(src, src, src, padding, false, mask).Item1;
        var x = norm1.call(src + dropout1.call(attended));
        var inner = linear1.call(x);
        inner = _made.Activation == nn.Activations.ReLU
            ? nn.functional.relu(inner)
            : nn.functional.gelu(inner);
        return norm2.call(x + dropout2.call(linear2.call(dropout.call(inner)))).MoveToOuterDisposeScope();
    }
}

/// <summary>Encoder layers one after the other, all starting with the values of the one given.</summary>
public sealed class TransformerEncoder : nn.Module<Tensor, Tensor?, Tensor?, Tensor>,
    nn.IModule<Tensor, Tensor, Tensor>, nn.IModule<Tensor, Tensor>
{
    private readonly ModuleList<TransformerEncoderLayer> layers;

    internal TransformerEncoder(TransformerEncoderLayer layer, long count) : base(nameof(TransformerEncoder))
    {
        // Copies draw random numbers before they are overwritten; PyTorch's do not, so the stream is put
        // back.
        using var state = get_rng_state();
        layers = new([.. Enumerable.Range(0, (int)count).Select(_ => layer.Copy())]);
        set_rng_state(state);
        RegisterComponents();
    }

    public override Tensor forward(Tensor src, Tensor? src_mask, Tensor? src_key_padding_mask)
    {
        using var scope = NewDisposeScope();
        var x = src.alias();
        foreach (var layer in layers) x = layer.Run(x, src_mask, src_key_padding_mask);
        return x.MoveToOuterDisposeScope();
    }

    public new Tensor call(Tensor src, Tensor? src_mask, Tensor? src_key_padding_mask) =>
        base.call(src, src_mask, src_key_padding_mask);
    public Tensor call(Tensor src, Tensor src_mask) => base.call(src, src_mask, null);
    public Tensor call(Tensor src) => base.call(src, null, null);
}
