using System.Buffers.Binary;
using System.Collections;
using System.Text;

namespace Lectern.Data;

/// <summary>
/// Writes the pickle (protocol 2) of a PyTorch file, and collects the tensors whose elements go beside it.
/// </summary>
internal sealed class TorchPickleWriter
{
    private readonly MemoryStream bytes = new();

    /// <summary>The tensors, in the order of their files' numbers.</summary>
    public List<Tensor> Storages { get; } = [];

    /// <summary>The pickle of a value.</summary>
    public byte[] Write(object? value)
    {
        bytes.Write([0x80, 2]);
        Put(value);
        Op('.');
        return bytes.ToArray();
    }

    private void Put(object? value)
    {
        switch (value)
        {
            case null: Op('N'); break;
            case bool truth: bytes.WriteByte(truth ? (byte)0x88 : (byte)0x89); break;
            case Tensor tensor: PutTensor(tensor); break;
            case string text: PutText(text); break;
            case sbyte or byte or short or int or long or uint: PutInteger(Convert.ToInt64(value)); break;
            case float or double: PutReal(Convert.ToDouble(value)); break;
            case IReadOnlyDictionary<string, Tensor> tensors: PutStateDictionary(tensors); break;
            case IDictionary dictionary: PutDictionary(dictionary); break;
            case IEnumerable items: PutList(items); break;
            default:
                throw new ArgumentException(
                    $"A {value.GetType().Name} cannot be written to a PyTorch file; tensors, dictionaries "
                    + $"with keys of text, "
                    + "sequences, text, numbers and truth values can.");
        }
    }

    // An OrderedDict, as Module.state_dict returns one.
    private void PutStateDictionary(IReadOnlyDictionary<string, Tensor> tensors)
    {
        PutEmptyOrderedDictionary();
        Op('(');
        foreach (var (name, tensor) in tensors)
        {
            PutText(name);
            PutTensor(tensor);
        }
        Op('u');
    }

    private void PutDictionary(IDictionary dictionary)
    {
        Op('}');
        Op('(');
        foreach (DictionaryEntry entry in dictionary)
        {
            PutText(entry.Key as string ?? throw new ArgumentException(
                $"A dictionary in a PyTorch file needs keys of text, not {entry.Key.GetType().Name}."));
            Put(entry.Value);
        }
        Op('u');
    }

    private void PutList(IEnumerable items)
    {
        Op(']');
        Op('(');
        foreach (var item in items)
        {
            Put(item);
        }
        Op('e');
    }

    // _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)
    private void PutTensor(Tensor tensor)
    {
        var shape = tensor.shape;
        var strides = new long[shape.Length];
        long elements = 1;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = Math.Max(elements, 1);
            elements *= shape[i];
        }
        PutGlobal("torch._utils", "_rebuild_tensor_v2");
        Op('(');
        Op('(');
        PutText("storage");
        PutGlobal("torch", TorchPickle.StorageName(tensor.dtype));
        PutText($"{Storages.Count}");
        PutText("cpu");
        PutInteger(elements);
        Op('t');
        Op('Q');
        PutInteger(0);
        PutTuple(shape);
        PutTuple(strides);
        bytes.WriteByte(0x89);
        PutEmptyOrderedDictionary();
        Op('t');
        Op('R');
        Storages.Add(tensor);
    }

    private void PutTuple(long[] numbers)
    {
        Op('(');
        foreach (var number in numbers)
        {
            PutInteger(number);
        }
        Op('t');
    }

    private void PutEmptyOrderedDictionary()
    {
        PutGlobal("collections", "OrderedDict");
        Op(')');
        Op('R');
    }

    private void PutGlobal(string module, string name) =>
        bytes.Write(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    private void PutText(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Op('X');
        Number(4, span => BinaryPrimitives.WriteInt32LittleEndian(span, utf8.Length));
        bytes.Write(utf8);
    }

    private void PutInteger(long value)
    {
        if (value is >= int.MinValue and <= int.MaxValue)
        {
            Op('J');
            Number(4, span => BinaryPrimitives.WriteInt32LittleEndian(span, (int)value));
        }
        else
        {
            bytes.Write([0x8a, 8]);
            Number(8, span => BinaryPrimitives.WriteInt64LittleEndian(span, value));
        }
    }

    private void PutReal(double value)
    {
        Op('G');
        Number(8, span => BinaryPrimitives.WriteDoubleBigEndian(span, value));
    }

    private void Number(int length, Action<byte[]> write)
    {
        var buffer = new byte[length];
        write(buffer);
        bytes.Write(buffer);
    }

    private void Op(char opcode) => bytes.WriteByte((byte)opcode);
}
