using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.Native.NativeMethods;
using static TorchSharp.torch;

namespace TorchSharp.Native;

/// <summary>
/// Writes down which operators a computation of this thread calls, those of its backward passes too. TorchSharp has nothing
/// like it; Lectern's OperatorRecorder says what is in a record.
/// </summary>
public static unsafe class OperatorRecord
{
    [ThreadStatic] private static bool records;

    /// <summary>Runs a computation and returns a line an operator: its name, what it reads and what it makes, with tabs
    /// between; a tensor is <c>number:bytes:size,size,…</c> after a space.</summary>
    /// <exception cref="ExternalException">This thread is being recorded already.</exception>
    public static string Of(Action computation)
    {
        ArgumentNullException.ThrowIfNull(computation);
        Op.Check(lt_record_start() == 0);
        string text;
        records = true;
        try
        {
            computation();
        }
        finally
        {
            records = false;
            text = Marshal.PtrToStringUTF8((nint)lt_record_stop()) ?? "";
        }
        return text;
    }

    /// <summary>A function written by hand is one operator, whatever it calls.</summary>
    internal static List<Tensor> Function(string name, List<Tensor> inputs, Func<List<Tensor>> forward)
    {
        if (!records) return forward();
        nint opened;
        fixed (byte* title = Encoding.UTF8.GetBytes(name + '\0'))
        fixed (nint* read = autograd.Handles(inputs))
            opened = lt_record_open(title, read, inputs.Count);
        List<Tensor> outputs = [];
        try
        {
            outputs = forward();
        }
        finally
        {
            fixed (nint* made = autograd.Handles(outputs)) lt_record_close(opened, made, outputs.Count);
            GC.KeepAlive((inputs, outputs));
        }
        return outputs;
    }
}
