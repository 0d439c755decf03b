using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.Native.NativeMethods;
using static TorchSharp.torch;

namespace TorchSharp.Native;

/// <summary>
/// Processes that work on the same thing, by libtorch's own c10d. TorchSharp has nothing like it: Lectern's Ranks is what
/// programs use. Failures, such as a peer that has died, are <see cref="ExternalException"/>s with libtorch's words.
/// </summary>
public sealed unsafe class ProcessGroup : IDisposable
{
    private nint handle;

    /// <summary>Joins a group and waits for all of it.</summary>
    /// <param name="host">Where the process with the store can be reached.</param>
    /// <param name="port">Its port.</param>
    /// <param name="rank">This process's number.</param>
    /// <param name="size">Number of processes.</param>
    /// <param name="server">Whether this process keeps the store.</param>
    /// <param name="limit">How long is waited for the others, here and in every later call.</param>
    /// <param name="nccl">NCCL, for tensors on GPUs, instead of Gloo.</param>
    public ProcessGroup(string host, int port, int rank, int size, bool server, TimeSpan limit, bool nccl)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(host + '\0'))
            handle = lt_group_open(name, port, rank, size, server ? 1 : 0, (long)limit.TotalMilliseconds, nccl ? 1 : 0);
        Op.Check(handle != 0);
    }

    /// <summary>The native group, borrowed.</summary>
    internal nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(ProcessGroup));

    /// <summary>Every rank's tensor becomes the sum of all of theirs.</summary>
    public void Sum(Tensor tensor)
    {
        Op.Check(lt_group_sum(Handle, tensor.Handle) == 0);
        GC.KeepAlive(tensor);
    }

    /// <summary>Every rank's tensor becomes that of one of them.</summary>
    public void Broadcast(Tensor tensor, int root = 0)
    {
        Op.Check(lt_group_broadcast(Handle, tensor.Handle, root) == 0);
        GC.KeepAlive(tensor);
    }

    /// <summary>Waits for all ranks.</summary>
    public void Barrier() => Op.Check(lt_group_barrier(Handle) == 0);

    /// <summary>Adds to a counter in the store, which starts at 0, and returns what it is then.</summary>
    public long Count(string name, long step)
    {
        long now;
        fixed (byte* key = Encoding.UTF8.GetBytes(name + '\0')) now = lt_group_count(Handle, key, step);
        Op.Check(now >= 0);
        return now;
    }

    /// <summary>Leaves the group.</summary>
    public void Dispose()
    {
        nint closed = Interlocked.Exchange(ref handle, 0);
        if (closed != 0) lt_group_close(closed);
    }
}
