using static TorchSharp.Native.NativeMethods;
using static TorchSharp.torch;

namespace TorchSharp.Native;

/// <summary>c10d's Reducer: averages gradients over a group's ranks, bucket by bucket while the backward pass still runs.</summary>
public sealed unsafe class GradientReducer : IDisposable
{
    private readonly ProcessGroup group;
    private nint handle;

    /// <summary>From now on each announced backward pass leaves averages in these parameters' gradients.</summary>
    /// <param name="group">The ranks; it must outlive this.</param>
    /// <param name="parameters">The same on every rank, in the same order; each requires a gradient.</param>
    /// <param name="bucketBytes">About the size of a bucket.</param>
    public GradientReducer(ProcessGroup group, IList<Tensor> parameters, long bucketBytes)
    {
        this.group = group;
        fixed (nint* handles = autograd.Handles(parameters)) handle = lt_reducer_open(group.Handle, handles, parameters.Count, bucketBytes);
        Op.Check(handle != 0);
        GC.KeepAlive(parameters);
    }

    /// <summary>Announces the backward pass of a loss; parameters that it does not reach count as having a gradient of 0.</summary>
    public void Prepare(Tensor loss)
    {
        ObjectDisposedException.ThrowIf(handle == 0, this);
        Op.Check(lt_reducer_prepare(handle, loss.Handle) == 0);
        GC.KeepAlive((loss, group));
    }

    /// <summary>Gradients are each rank's own again.</summary>
    public void Dispose()
    {
        nint closed = Interlocked.Exchange(ref handle, 0);
        if (closed != 0) lt_reducer_close(closed);
    }
}
