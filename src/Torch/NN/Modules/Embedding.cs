using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// A table of vectors looked up by number: [...] whole numbers -> [..., D]. Starts as N(0, 1).
/// </summary>
public sealed class Embedding : nn.Module<Tensor, Tensor>
{
    private readonly long? _paddingIndex;
    private readonly double? _maxNorm;
    private readonly double _normType;
    private readonly bool _scaleByFrequency, _sparse;

    internal Embedding(Parameter weight, long? paddingIndex, double? maxNorm, double normType,
        bool scaleByFrequency, bool sparse)
        : base(nameof(Embedding))
    {
        var count = weight.shape[0];
        if (paddingIndex is { } index && (index >= count || index < -count))
            throw new ArgumentException($"padding_idx must name one of the {count} rows, got {index}.",
                nameof(paddingIndex));
        this.weight = weight;
        _paddingIndex = paddingIndex < 0 ? paddingIndex + count : paddingIndex;
        (_maxNorm, _normType, _scaleByFrequency, _sparse) = (maxNorm, normType, scaleByFrequency, sparse);
    }

    /// <summary>Makes a table with PyTorch's initial values; the padding row is zero.</summary>
    internal static Embedding New(long count, long dims, long? paddingIndex, double? maxNorm, double normType,
        bool scaleByFrequency, bool sparse, Device? device, ScalarType? dtype)
    {
        var weight = Start.Empty([count, dims], device, dtype);
        nn.init.normal_(weight);
        var made = new Embedding(weight, paddingIndex, maxNorm, normType, scaleByFrequency, sparse);
        if (made._paddingIndex is not { } row) return made;
        using var quiet = no_grad();
        using var padding = Op.Call("select.int", weight, 0, row);
        Op.InPlace("zero_", padding);
        return made;
    }

    /// <summary>[count, D].</summary>
    public Parameter weight { get => GetOwn("weight")!; set => SetOwn("weight", value); }

    public override Tensor forward(Tensor input)
    {
        if (_maxNorm is { } limit)
        {
            using var quiet = no_grad();
            Op.Run("embedding_renorm_", weight, input, limit, _normType);
        }
        return Op.Call("embedding", weight, input, _paddingIndex ?? -1, _scaleByFrequency, _sparse);
    }
}

/// <summary>Sums, means or maxima of bags of embeddings, without the single vectors being made.</summary>
public sealed class EmbeddingBag : nn.Module<Tensor, Tensor?, Tensor?, Tensor>,
    nn.IModule<Tensor, Tensor, Tensor>, nn.IModule<Tensor, Tensor>
{
    private readonly double? _maxNorm;
    private readonly double _normType;
    private readonly bool _scaleByFrequency, _sparse, _includeLastOffset;
    private readonly long? _paddingIndex;
    private readonly EmbeddingBagMode _mode;

    internal EmbeddingBag(Parameter weight, double? maxNorm, double normType, bool scaleByFrequency,
        EmbeddingBagMode mode, bool sparse, bool includeLastOffset, long paddingIndex)
            : base(nameof(EmbeddingBag))
    {
        this.weight = weight;
        (_maxNorm, _normType, _scaleByFrequency, _mode) = (maxNorm, normType, scaleByFrequency, mode);
        (_sparse, _includeLastOffset, _paddingIndex) = (sparse, includeLastOffset,
            paddingIndex < 0 ? null : paddingIndex);
    }

    internal static EmbeddingBag New(long count, long dims, double? maxNorm, double normType,
        bool scaleByFrequency, EmbeddingBagMode mode, bool sparse, bool includeLastOffset, long paddingIndex,
        Device? device, ScalarType? dtype)
    {
        var weight = Start.Empty([count, dims], device, dtype);
        nn.init.normal_(weight);
        return new EmbeddingBag(weight, maxNorm, normType, scaleByFrequency, mode, sparse, includeLastOffset,
            paddingIndex);
    }

    /// <summary>[count, D].</summary>
    public Parameter weight { get => GetOwn("weight")!; set => SetOwn("weight", value); }

    /// <param name="input">[B, n] bags of n each, or [total] with offsets.</param>
    /// <param name="offsets">[B], where each bag starts; null for a 2-d input.</param>
    /// <param name="perSampleWeights">Weights of the input's shape (mode Sum only), or null.</param>
    /// <returns>[B, D].</returns>
    public override Tensor forward(Tensor input, Tensor? offsets, Tensor? perSampleWeights)
    {
        if (input.dim() == 2 && offsets is not null)
            throw new ArgumentException("A 2-d input says by its rows what the bags are: leave offsets out.",
                nameof(offsets));
        if (input.dim() == 1 && offsets is null)
            throw new ArgumentException("A 1-d input needs offsets that say where each bag starts.",
                nameof(offsets));
        using var scope = NewDisposeScope();
        var flat = Op.Call("reshape", input, new long[] { -1 });
        var starts = offsets ?? arange(0, input.shape[0] * input.shape[1], input.shape[1], dtype: input.dtype,
            device: input.device);
        var weights = perSampleWeights is null ? null : Op.Call("reshape", perSampleWeights,
            new long[] { -1 });
        if (_maxNorm is { } limit)
        {
            using var quiet = no_grad();
            Op.Run("embedding_renorm_", weight, flat, limit, _normType);
        }
        var results = Op.CallList("embedding_bag.padding_idx", weight, flat, starts, _scaleByFrequency,
            (long)_mode, _sparse, weights, _includeLastOffset, _paddingIndex);
        return results[0].MoveToOuterDisposeScope();
    }

    public new Tensor call(Tensor input, Tensor? offsets = null, Tensor? perSampleWeights = null) =>
        base.call(input, offsets, perSampleWeights);

    Tensor nn.IModule<Tensor, Tensor, Tensor>.call(Tensor input, Tensor offsets) =>
        base.call(input, offsets, null);
    Tensor nn.IModule<Tensor, Tensor>.call(Tensor input) => base.call(input, null, null);
}
