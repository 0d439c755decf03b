using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.Native.NativeMethods;
using static TorchSharp.torch;

namespace TorchSharp.Native;

/// <summary>
/// Calls ATen operators by schema name without "aten::", the overload after a dot: <c>Op.Call("add.Tensor", a, b)</c>.
/// Arguments stand in the schema's order; those left out at the end take its defaults. A failing operator throws an
/// <see cref="ExternalException"/> with libtorch's message.
/// </summary>
internal static unsafe class Op
{
    private const int MaxResults = 8;
    private const int CacheSize = 1024;

    // Names are literals, so the reference nearly always settles it; the dictionary is for the first call of each site.
    private static readonly Entry?[] Cache = new Entry?[CacheSize];
    private static readonly Dictionary<string, nint> Handles = [];

    /// <summary>Calls an operator that returns one tensor.</summary>
    internal static Tensor Call(string op, params ReadOnlySpan<Value> arguments)
    {
        NativeValue* results = stackalloc NativeValue[MaxResults];
        Invoke(op, arguments, results);
        return Wrap(op, results[0]);
    }

    /// <summary>Calls an operator that returns two tensors (or more, the rest of which is let go).</summary>
    internal static (Tensor, Tensor) Call2(string op, params ReadOnlySpan<Value> arguments)
    {
        NativeValue* results = stackalloc NativeValue[MaxResults];
        int count = Invoke(op, arguments, results);
        Drop(results, 2, count);
        return (Wrap(op, results[0]), Wrap(op, results[1]));
    }

    /// <summary>Calls an operator that returns three tensors (or more, the rest of which is let go).</summary>
    internal static (Tensor, Tensor, Tensor) Call3(string op, params ReadOnlySpan<Value> arguments)
    {
        NativeValue* results = stackalloc NativeValue[MaxResults];
        int count = Invoke(op, arguments, results);
        Drop(results, 3, count);
        return (Wrap(op, results[0]), Wrap(op, results[1]), Wrap(op, results[2]));
    }

    /// <summary>Calls an operator that returns a list of tensors, or several tensors.</summary>
    internal static Tensor[] CallList(string op, params ReadOnlySpan<Value> arguments)
    {
        NativeValue* results = stackalloc NativeValue[MaxResults];
        int count = Invoke(op, arguments, results);
        var tensors = new List<Tensor>();
        for (int i = 0; i < count; i++)
        {
            if (results[i].Kind != Kind.Tensors)
            {
                tensors.Add(Wrap(op, results[i]));
                continue;
            }
            var handles = (nint*)results[i].Pointer;
            for (int j = 0; j < results[i].Count; j++) tensors.Add(new Tensor(handles[j]));
            lt_free(results[i].Pointer);
        }
        return [.. tensors];
    }

    /// <summary>Calls an operator that changes its first argument, and returns that very tensor.</summary>
    internal static Tensor InPlace(string op, params ReadOnlySpan<Value> arguments)
    {
        Run(op, arguments);
        return (Tensor)arguments[0].Reference!;
    }

    /// <summary>Calls an operator for what it does; its results are let go.</summary>
    internal static void Run(string op, params ReadOnlySpan<Value> arguments)
    {
        NativeValue* results = stackalloc NativeValue[MaxResults];
        Drop(results, 0, Invoke(op, arguments, results));
    }

    /// <summary>Calls an operator that returns a whole number.</summary>
    internal static long CallInt(string op, params ReadOnlySpan<Value> arguments) => CallNumber(op, arguments).ToInt64();

    /// <summary>Calls an operator that returns a real number.</summary>
    internal static double CallDouble(string op, params ReadOnlySpan<Value> arguments) => CallNumber(op, arguments).ToDouble();

    /// <summary>Calls an operator that returns a truth value.</summary>
    internal static bool CallBool(string op, params ReadOnlySpan<Value> arguments) => CallNumber(op, arguments).ToBoolean();

    /// <summary>Calls an operator that returns a number of any kind.</summary>
    internal static Scalar CallNumber(string op, params ReadOnlySpan<Value> arguments)
    {
        NativeValue* results = stackalloc NativeValue[MaxResults];
        Invoke(op, arguments, results);
        switch (results[0].Kind)
        {
            case Kind.Int: return results[0].Integer;
            case Kind.Double: return results[0].Number;
            case Kind.Bool: return results[0].Integer != 0;
            case Kind.Complex:
                var parts = (double*)results[0].Pointer;
                var complex = new System.Numerics.Complex(parts[0], parts[1]);
                lt_free(results[0].Pointer);
                return complex;
            default: throw new InvalidOperationException($"{op} returned {results[0].Kind}, not a number.");
        }
    }

    /// <summary>Throws libtorch's message if a native function failed.</summary>
    internal static void Check(bool succeeded)
    {
        if (!succeeded) throw Failure();
    }

    // Compiled optimised at once: every operator passes through here, and the runtime's guesses at its types cost more than they give.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Invoke(string op, ReadOnlySpan<Value> arguments, NativeValue* results)
    {
        nint handle = Find(op);
        NativeValue* native = stackalloc NativeValue[arguments.Length];
        int words = 0;
        foreach (ref readonly Value argument in arguments)
            if (argument.Kind != Kind.Tensor && argument.Reference is not null) words += Words(argument);
        long* lists = stackalloc long[Math.Min(words, 256)];
        long[]? many = words > 256 ? GC.AllocateUninitializedArray<long>(words, pinned: true) : null;
        if (many is not null) lists = (long*)Unsafe.AsPointer(ref many[0]);

        for (int i = 0; i < arguments.Length; i++)
        {
            ref readonly Value argument = ref arguments[i];
            native[i].Kind = argument.Kind;
            if (argument.Kind == Kind.Tensor) native[i].Pointer = Unsafe.As<Tensor>(argument.Reference!).Handle;
            else if (argument.Reference is null) native[i].Integer = argument.Bits;
            else lists += Lower(argument, ref native[i], lists);
        }
        int count = lt_call(handle, native, arguments.Length, results, MaxResults);
        foreach (ref readonly Value argument in arguments) GC.KeepAlive(argument.Reference);
        GC.KeepAlive(many);
        if (count < 0) throw Failure();
        return count;
    }

    /// <summary>Words of list memory that an argument needs beside its own 16 bytes.</summary>
    private static int Words(in Value argument) => argument.Reference switch
    {
        Generator => 0,
        string text => Encoding.UTF8.GetMaxByteCount(text.Length) / 8 + 1,
        Array array => array.Length,
        _ => 0,
    };

    /// <summary>Writes an argument that is not a plain number; returns the words of list memory it took.</summary>
    private static int Lower(in Value argument, ref NativeValue native, long* memory)
    {
        native.Pointer = (nint)memory;
        switch (argument.Reference)
        {
            case Generator generator:
                native.Pointer = generator.Handle;
                return 0;
            case long[] numbers:
                native.Count = numbers.Length;
                numbers.CopyTo(new Span<long>(memory, numbers.Length));
                return numbers.Length;
            case double[] numbers:
                native.Count = numbers.Length;
                numbers.CopyTo(new Span<double>(memory, numbers.Length));
                return numbers.Length;
            case bool[] flags:
                native.Count = flags.Length;
                for (int i = 0; i < flags.Length; i++) memory[i] = flags[i] ? 1 : 0;
                return flags.Length;
            case Tensor?[] tensors:
                native.Count = tensors.Length;
                for (int i = 0; i < tensors.Length; i++) memory[i] = tensors[i]?.Handle ?? 0;
                return tensors.Length;
            case string text:
                int room = Encoding.UTF8.GetMaxByteCount(text.Length);
                native.Count = Encoding.UTF8.GetBytes(text, new Span<byte>(memory, room));
                return room / 8 + 1;
            default:
                throw new InvalidOperationException($"No operator takes a {argument.Reference!.GetType().Name}.");
        }
    }

    private static Tensor Wrap(string op, in NativeValue result) => result.Kind == Kind.Tensor
        ? new Tensor(result.Pointer)
        : throw new InvalidOperationException($"{op} returned {result.Kind}, not a tensor.");

    private static void Drop(NativeValue* results, int from, int count)
    {
        for (int i = from; i < count; i++)
        {
            if (results[i].Kind == Kind.Tensor) lt_release(results[i].Pointer);
            if (results[i].Kind is Kind.Complex) lt_free(results[i].Pointer);
            if (results[i].Kind != Kind.Tensors) continue;
            for (int j = 0; j < results[i].Count; j++) lt_release(((nint*)results[i].Pointer)[j]);
            lt_free(results[i].Pointer);
        }
    }

    private sealed record Entry(string Name, nint Handle);

    private static nint Find(string op)
    {
        Entry? entry = Cache[RuntimeHelpers.GetHashCode(op) & (CacheSize - 1)];
        return entry is not null && ReferenceEquals(entry.Name, op) ? entry.Handle : FindSlowly(op);
    }

    private static nint FindSlowly(string op)
    {
        lock (Handles)
        {
            if (!Handles.TryGetValue(op, out nint handle))
            {
                int dot = op.IndexOf('.');
                fixed (byte* name = Encoding.UTF8.GetBytes("aten::" + (dot < 0 ? op : op[..dot]) + '\0'))
                fixed (byte* overload = Encoding.UTF8.GetBytes((dot < 0 ? "" : op[(dot + 1)..]) + '\0'))
                    handle = lt_find(name, overload);
                Check(handle != 0);
                Handles[op] = handle;
            }
            Cache[RuntimeHelpers.GetHashCode(op) & (CacheSize - 1)] = new Entry(op, handle);
            return handle;
        }
    }

    private static ExternalException Failure()
    {
        string text = Marshal.PtrToStringUTF8((nint)lt_error()) ?? "";
        return new ExternalException(text.Trim(), FunctionState.TakePending());
    }
}
