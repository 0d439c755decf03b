#if !LECTERN_BRIDGE
namespace Lectern.Training;

/// <summary>Stands where the bridge has libtorch's process groups: TorchSharp's package has none, so none is ever made.</summary>
internal sealed class ProcessGroup : IDisposable
{
    internal ProcessGroup(string host, int port, int rank, int size, bool server, TimeSpan limit, bool nccl) =>
        throw new NotSupportedException(
            "TorchSharp's package has no process groups, so training cannot be shared by several processes. Build with the bridge "
            + "(LECTERN_TORCH=bridge, on Linux with libtorch), or start one process.");

    internal void Sum(Tensor tensor) { }
    internal void Broadcast(Tensor tensor) { }
    internal void Gather(Tensor tensor, IList<Tensor> results) { }
    internal void Barrier() { }
    internal long Count(string name, long step) => 0;
    public void Dispose() { }
}

/// <summary>Of such a group; see there.</summary>
internal sealed class GradientReducer(ProcessGroup group, IList<Tensor> parameters, long bucketBytes) : IDisposable
{
    internal void Prepare(Tensor loss) => _ = (group, parameters, bucketBytes);
    public void Dispose() { }
}
#endif
