using System.Diagnostics;
using System.Runtime.InteropServices;
#if LECTERN_BRIDGE
using TorchSharp.Native;
#endif

namespace Lectern.Training;

/// <summary>
/// The processes that train one model together, each on its share of every batch (data parallel): libtorch's own process
/// group, with Gloo between CPUs and NCCL between GPUs. Every rank has to make the same calls in the same order.
/// </summary>
/// <remarks>
/// Each rank counts up once a second in the store that rank 0 keeps: so the others know who has died. A rank that stands
/// still for <see cref="Silence"/> ends this process too, with a message: libtorch could wait for it much longer.
/// TorchSharp's package has no process groups; the bridge has.
/// </remarks>
public sealed class Ranks : IDisposable
{
    /// <summary>Seconds without a sign of life after which a rank counts as lost.</summary>
    public const int Silence = 20;

    private const long BucketBytes = 8 << 20;
    private static readonly Lazy<Ranks?> Started = new(() => Launch.Read() is { } launch ? Join(launch, Devices.Chosen) : null);

    /// <summary>The ranks of this job, joined when they are first asked for, on <see cref="Devices.Chosen"/>; null where the process
    /// was started alone (<see cref="Launch.Read"/>). Every rank has to ask.</summary>
    /// <exception cref="NotSupportedException">The engine has no process groups.</exception>
    /// <exception cref="RankLostException">The others did not come.</exception>
    public static Ranks? OfJob => Started.Value;

    private readonly Launch launch;
    private readonly ProcessGroup group;
    private readonly Device device;
    private readonly Thread watcher;
    private readonly CancellationTokenSource closing = new();

    private Ranks(Launch launch, ProcessGroup group, Device device)
    {
        (this.launch, this.group, this.device) = (launch, group, device);
        watcher = new Thread(Watch) { IsBackground = true, Name = "ranks" };
        watcher.Start();
    }

    /// <summary>This process's number, from 0.</summary>
    public int Rank => launch.Rank;

    /// <summary>Number of processes.</summary>
    public int Count => launch.Count;

    /// <summary>Whether this is rank 0, which writes files.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>This rank's part of a batch that all ranks know: every <see cref="Count"/>-th item from its own.</summary>
    /// <exception cref="ArgumentException">The batch cannot be shared evenly, so that the ranks' mean would not be the batch's.</exception>
    public T[] Share<T>(IReadOnlyList<T> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count == 0 || batch.Count % Count != 0)
            throw new ArgumentException(
                $"A batch of {batch.Count} cannot be shared evenly by {Count} ranks. Choose batches, and a number of items, that {Count} divides.",
                nameof(batch));
        return Share(batch, Rank, Count);
    }

    /// <summary>A rank's part of a batch, which may be one item longer than another's.</summary>
    internal static T[] Share<T>(IReadOnlyList<T> batch, int rank, int ranks) => [.. batch.Where((_, place) => place % ranks == rank)];

    /// <summary>
    /// What this rank multiplies the mean of a loss over some items by, so that the ranks' mean is that over all of their
    /// items, of which each may have another number; 1 where the process was started alone. Every rank has to ask.
    /// </summary>
    internal static double Weight(long items) => OfJob is { } ranks && ranks.Average(items) is > 0 and var mean ? items / mean : 1;

    /// <summary>The mean of the ranks' values: the same number on each.</summary>
    public double Average(double value) => Average([value])[0];

    /// <summary>The mean of the ranks' measures, which have the same names on each.</summary>
    public IReadOnlyDictionary<string, double> Average(IReadOnlyDictionary<string, double> measures)
    {
        ArgumentNullException.ThrowIfNull(measures);
        string[] names = [.. measures.Keys.Order(StringComparer.Ordinal)];
        double[] means = Average([.. names.Select(name => measures[name])]);
        return names.Zip(means).ToDictionary(one => one.First, one => one.Second);
    }

    /// <summary>Joins the others, which have to do the same.</summary>
    /// <param name="launch">Which of them this process is, and where they meet.</param>
    /// <param name="device">What is trained on: NCCL for a GPU, Gloo for the CPU, which is the default.</param>
    /// <param name="limit">How long is waited for the others here, and for a rank that still lives in later calls; 30 minutes if not given.</param>
    /// <exception cref="NotSupportedException">The engine has no process groups.</exception>
    /// <exception cref="RankLostException">The others did not come in time.</exception>
    public static Ranks Join(Launch launch, Device? device = null, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(launch);
        device ??= CPU;
        try
        {
            return new Ranks(launch, new ProcessGroup(launch.Host, launch.Port, launch.Rank, launch.Count, launch.Rank == 0,
                limit ?? TimeSpan.FromMinutes(30), device.type == DeviceType.CUDA), device);
        }
        catch (ExternalException error)
        {
            throw new RankLostException(
                $"Rank {launch.Rank} of {launch.Count} could not meet the others at {launch.Host}:{launch.Port}. Each of them has to be started, "
                + $"that address has to lead to rank 0's machine, and the port has to be free there (MASTER_ADDR, MASTER_PORT). libtorch says: {error.Message}",
                error);
        }
    }

    /// <summary>Every rank's tensor becomes that of rank 0.</summary>
    public void Broadcast(Tensor tensor) => Together(() => group.Broadcast(tensor));

    /// <summary>Every rank's tensor becomes the sum of all of theirs.</summary>
    public void Sum(Tensor tensor) => Together(() => group.Sum(tensor));

    /// <summary>Waits for all ranks.</summary>
    public void Wait() => Together(group.Barrier);

    /// <summary>Every rank's model becomes rank 0's: parameters and buffers.</summary>
    public void Synchronise(nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Synchronise(model.state_dict().Values);
    }

    /// <summary>Rank 0's tensors become everybody's.</summary>
    internal void Synchronise(IEnumerable<Tensor> tensors)
    {
        using var quiet = no_grad();
        foreach (var tensor in tensors) Broadcast(tensor);
    }

    /// <summary>From now on gradients of <see cref="Averaging.Backward"/> are means over the ranks, until the result is disposed.</summary>
    internal Averaging Average(nn.Module model)
    {
        List<Tensor> learned = [.. model.parameters().Where(parameter => parameter.requires_grad)];
        GradientReducer? reducer = null;
        Together(() => reducer = new GradientReducer(group, learned, BucketBytes));
        return new Averaging(this, reducer!);
    }

    /// <summary>Gives each rank random numbers of its own, that follow from rank 0's: a run that goes on from rank 0's checkpoint
    /// draws the same ones.</summary>
    internal void Reseed()
    {
        using var scope = NewDisposeScope();
        var seed = randint(0, int.MaxValue, [1], dtype: ScalarType.Int64).to(device);
        Broadcast(seed);
        if (!IsFirst) manual_seed(seed.item<long>() + Rank);
    }

    private double[] Average(double[] values)
    {
        using var scope = NewDisposeScope();
        var sum = tensor(values).to(device);
        Sum(sum);
        return [.. (sum / Count).cpu().data<double>()];
    }

    /// <summary>Runs what all ranks do together; a failure says who is missing.</summary>
    private void Together(Action action)
    {
        try
        {
            action();
        }
        catch (ExternalException error)
        {
            throw Explained(error);
        }
    }

    /// <summary>A failure in the words of the job, if a rank is missing; else as it was.</summary>
    private Exception Explained(ExternalException error)
    {
        long[]? before = Signs();
        Thread.Sleep(TimeSpan.FromSeconds(3));
        long[]? after = Signs();
        int[] missing = before is null || after is null ? [0] : [.. Enumerable.Range(0, Count).Where(rank => before[rank] == after[rank])];
        return missing.Length == 0 ? error : new RankLostException(Lost(missing) + $" libtorch says: {error.Message}", error);
    }

    private string Lost(IReadOnlyList<int> missing) =>
        $"Rank {string.Join(" and rank ", missing)} of {Count} has ended or cannot be reached, so rank {Rank} stops too. Its own last lines say why; "
        + "after a SIGKILL there are none, and the usual cause is memory. Start all ranks again with the same command: "
        + "training goes on from its last checkpoint, if it keeps one.";

    /// <summary>How far each rank has counted; null where the store, which rank 0 keeps, is gone.</summary>
    private long[]? Signs()
    {
        try
        {
            return [.. Enumerable.Range(0, Count).Select(rank => group.Count($"alive/{rank}", 0))];
        }
        catch (ExternalException)
        {
            return null;
        }
    }

    private void Watch()
    {
        long[] last = new long[Count];
        var since = Array.ConvertAll(last, _ => Stopwatch.StartNew());
        try
        {
            for (int second = 1; !closing.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(1)); second++)
            {
                group.Count($"alive/{Rank}", 1);
                if (second % 5 != 0 || Signs() is not { } now) continue;
                for (int rank = 0; rank < Count; rank++)
                    if (now[rank] != last[rank]) (last[rank], since[rank]) = (now[rank], Stopwatch.StartNew());
                int[] silent = [.. Enumerable.Range(0, Count)
                    .Where(rank => since[rank].Elapsed.TotalSeconds > Silence && group.Count($"left/{rank}", 0) == 0)];
                if (silent.Length == 0 || Debugger.IsAttached) continue;
                // The main thread may be inside libtorch, waiting for a rank whose machine is gone: nothing but the end frees it.
                Console.Error.WriteLine(Lost(silent));
                Environment.Exit(1);
            }
        }
        catch (ExternalException)
        {
            // The store went with rank 0: the next call that needs the others says so.
        }
    }

    /// <summary>Leaves the others; what they still expect of this rank fails.</summary>
    public void Dispose()
    {
        closing.Cancel();
        watcher.Join();
        try
        {
            group.Count($"left/{Rank}", 1);
        }
        catch (ExternalException)
        {
            // Rank 0 left before, and the store with it.
        }
        group.Dispose();
    }

    /// <summary>Backward passes whose gradients are means over the ranks.</summary>
    internal sealed class Averaging(Ranks ranks, GradientReducer reducer) : IDisposable
    {
        /// <summary>Computes the gradients; each bucket of them travels while the rest is computed.</summary>
        internal void Backward(Tensor loss) => ranks.Together(() =>
        {
            reducer.Prepare(loss);
            loss.backward();
        });

        public void Dispose() => reducer.Dispose();
    }
}
