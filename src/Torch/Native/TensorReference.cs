using static TorchSharp.Native.NativeMethods;

namespace TorchSharp.Native;

/// <summary>
/// A tensor's hold on its native memory, let go by the garbage collector where nobody disposes the tensor. Objects with a
/// finalizer are dear to make, a tenth of a small operator's call; so those of disposed tensors serve again, thread by thread.
/// </summary>
internal sealed class TensorReference
{
    private const int Room = 1024;

    [ThreadStatic] private static Stack<TensorReference>? idle;
    private static long alive;

    private TensorReference() { }

    ~TensorReference()
    {
        if (Handle == 0) return;
        Interlocked.Decrement(ref alive);
        lt_release(Handle);
    }

    /// <summary>The native tensor; 0 where this holds none.</summary>
    internal nint Handle { get; private set; }

    /// <summary>Native tensors held in this process.</summary>
    internal static long Alive => Interlocked.Read(ref alive);

    /// <summary>Takes over a native tensor.</summary>
    internal static TensorReference To(nint handle)
    {
        var reference = idle is { Count: > 0 } ? idle.Pop() : new TensorReference();
        reference.Handle = handle;
        Interlocked.Increment(ref alive);
        return reference;
    }

    /// <summary>Lets the native tensor go. Nobody may use this reference afterwards.</summary>
    internal void Release() => lt_release(Surrender());

    /// <summary>Hands the native tensor to the caller. Nobody may use this reference afterwards.</summary>
    internal nint Surrender()
    {
        nint given = Handle;
        Handle = 0;
        Interlocked.Decrement(ref alive);
        idle ??= new Stack<TensorReference>(Room);
        if (idle.Count < Room) idle.Push(this);
        else GC.SuppressFinalize(this);
        return given;
    }
}
