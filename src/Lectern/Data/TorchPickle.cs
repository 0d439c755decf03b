using Pickle;
using Function = System.Func<object?[], object?>;

namespace Lectern.Data;

/// <summary>
/// Reads the pickle of a PyTorch file: names stand for tensors and containers, all others are refused.
/// </summary>
internal sealed class TorchPickle(TorchArchive archive)
{
    private const int Buffer = 1 << 20;

    private static readonly Dictionary<string, (ScalarType Type, int Bytes)> StorageTypes = new()
    {
        ["FloatStorage"] = (ScalarType.Float32, 4), ["DoubleStorage"] = (ScalarType.Float64, 8),
        ["HalfStorage"] = (ScalarType.Float16, 2), ["BFloat16Storage"] = (ScalarType.BFloat16, 2),
        ["ByteStorage"] = (ScalarType.Byte, 1), ["CharStorage"] = (ScalarType.Int8, 1),
        ["ShortStorage"] = (ScalarType.Int16, 2), ["IntStorage"] = (ScalarType.Int32, 4),
        ["LongStorage"] = (ScalarType.Int64, 8), ["BoolStorage"] = (ScalarType.Bool, 1),
        ["ComplexFloatStorage"] = (ScalarType.ComplexFloat32, 8),
        ["ComplexDoubleStorage"] = (ScalarType.ComplexFloat64, 16),
    };

    private readonly Dictionary<string, Storage> storages = [];
    private readonly List<Tensor> tensors = [];

    /// <summary>The name that a pickle has for storages of an element type.</summary>
    public static string StorageName(ScalarType type) =>
        StorageTypes.First(entry => entry.Value.Type == type).Key;

    /// <summary>Reads the object, its tensors in the current dispose scope.</summary>
    public object? Load() => new Unpickler(Find, Persistent).Load(archive.Bytes("data.pkl"));

    /// <summary>Moves the tensors that were read to the outer dispose scope.</summary>
    public void Keep() => tensors.ForEach(tensor => tensor.MoveToOuterDisposeScope());

    private object? Find(string module, string name) => (module, name) switch
    {
        ("collections", "OrderedDict" or "defaultdict") => (Function)PickleDictionary.New,
        ("torch._utils", "_rebuild_tensor" or "_rebuild_tensor_v2") => (Function)Rebuild,
        ("torch._utils", "_rebuild_parameter" or "_rebuild_parameter_with_state") => (Function)First,
        ("torch", "Size") => (Function)First,
        ("torch", "device") => (Function)(parts => string.Join(":", parts)),
        ("torch", _) when StorageTypes.TryGetValue(name, out var type) => type,
        _ => null,
    };

    private static object? First(object?[] arguments) =>
        arguments.Length > 0 ? arguments[0] : throw Bad("a function is called without arguments");

    // ('storage', its type, its file's name, the device it was on, its number of elements)
    private object Persistent(object? id)
    {
        if (id is not object?[] { Length: >= 5 } parts || parts[0] is not "storage"
            || parts[2] is not string key || parts[4] is not long count || count < 0
            || parts[1] is not ValueTuple<ScalarType, int>(var type, var bytes))
        {
            throw Bad("a reference to a storage is not of the form that torch.save writes");
        }
        if (storages.TryGetValue(key, out var known))
        {
            return known.Count == count && known.Tensor.dtype == type ? known : throw Bad(
                $"storage '{key}' is once {known.Tensor.dtype} of {known.Count} elements, once {type} of "
                + $"{count}");
        }
        var (stream, length) = archive.File($"data/{key}");
        using (stream)
        {
            if (length != (Int128)count * bytes)
            {
                throw Bad(
                    $"storage '{key}' of {count} elements of {type} takes {(Int128)count * bytes} bytes, but "
                    + $"has {length}");
            }
            var tensor = empty([count], dtype: type);
            if (count > 0)
            {
                tensor.ReadBytesFromStream(stream, Buffer);
            }
            return storages[key] = new Storage(tensor, count);
        }
    }

    // (storage, offset, size, stride, ...): what follows (requires_grad, hooks) is of no use here.
    private object Rebuild(object?[] arguments)
    {
        if (arguments is not [Storage storage, long offset, object?[] size, object?[] stride, ..]
            || size.Length != stride.Length || !size.All(IsCount) || !stride.All(IsCount) || offset < 0)
        {
            throw Bad("a tensor is not described as torch.save does it");
        }
        var shape = Array.ConvertAll(size, length => (long)length!);
        var strides = Array.ConvertAll(stride, step => (long)step!);
        Int128 last = offset;
        for (var i = 0; i < shape.Length; i++)
        {
            last += (Int128)strides[i] * (shape[i] - 1);
        }
        if (shape.All(length => length > 0) && last >= storage.Count)
        {
            throw Bad(
                $"a tensor of shape [{string.Join(", ", shape)}] reaches element {last} of a storage of "
                + $"{storage.Count}");
        }
        var tensor = storage.Tensor.as_strided(shape, strides, offset);
        tensors.Add(tensor);
        return tensor;
    }

    private static bool IsCount(object? value) => value is long and >= 0;

    private static InvalidDataException Bad(string what) => new($"The PyTorch file cannot be read: {what}.");

    private sealed record Storage(Tensor Tensor, long Count);
}
