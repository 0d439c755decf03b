// The problem of ComputationGraphs.cs: what a plan is, what it costs, and how random keys stand for it.
//
// Symbols   o operations, t tensors, d devices; x -> keys, [D], D = o d + o + t d
// Keys      x[v d + j] how much operation v wants device j; x[o d + v] its priority; x[o d + o + t d + j] that of bringing
//           tensor t to device j
// Decode    device(v) = argmax_j x[v d + j]; then of all operations and transfers that are ready, the one of highest priority
// Memory    a tensor is there from the start of its operation, on another device from the start of its transfer, and is freed
//           on a device when its last reader there, and where it was made also its last transfer, has ended; what nobody reads stays
// Time      a device does one thing at a time; a transfer is synchronous: it takes both of its devices, for bytes · seconds a byte
// Differs   The paper's model by our fact sheet: two devices of 16 GiB, synchronous transfers at no cost; not compared with the print.
using Lectern.Graphs;

namespace Lectern.Papers.Applications;

/// <summary>What a plan is to make small.</summary>
public enum PlanObjective
{
    /// <summary>The most bytes that any device holds at any time.</summary>
    PeakMemory,

    /// <summary>The time until all is done; a plan that does not fit the devices' memory is worse than any that does.</summary>
    RunningTime,
}

/// <summary>The devices.</summary>
/// <param name="Count">d, how many; all alike.</param>
/// <param name="MemoryBytes">Memory of each; counts for <see cref="PlanObjective.RunningTime"/> alone.</param>
/// <param name="SecondsPerByte">What a transfer takes.</param>
public sealed record DeviceSettings(int Count = 2, double MemoryBytes = 16.0 * (1 << 30), double SecondsPerByte = 0);

/// <summary>Something that happens in a plan.</summary>
/// <param name="Operation">The operation, or -1: a transfer.</param>
/// <param name="Tensor">The tensor that is transferred, or -1.</param>
/// <param name="Device">Where it runs, or where the tensor goes.</param>
/// <param name="Start">When it starts, in seconds.</param>
/// <param name="End">When it ends.</param>
/// <param name="During">Bytes on each device while it runs: [d].</param>
/// <param name="After">Bytes on each device when it has ended and freed what it could.</param>
public sealed record PlanStep(int Operation, int Tensor, int Device, double Start, double End, long[] During, long[] After);

/// <summary>A plan, carried out by the model of the devices.</summary>
/// <param name="Seconds">When all is done.</param>
/// <param name="PeakBytes">The most bytes that any device holds.</param>
/// <param name="Steps">What happens, each device in its order.</param>
public sealed record Plan(double Seconds, long PeakBytes, IReadOnlyList<PlanStep> Steps);

/// <summary>Decodes random keys and runs what they say on the model of the devices.</summary>
/// <remarks>Cost O(D + ready · (o + t)), and no memory but its own: one a thread.</remarks>
public sealed class PlanSimulator
{
    private readonly int o, d;
    private readonly int[][] inputs;
    private readonly int[] place, waiting, ready;
    private readonly int[] left;                                            // [t d]: readers and transfers that still need it
    private readonly long[] memory;
    private readonly double[] clock, urgency;
    private int open;

    /// <param name="graph">What is to run.</param>
    /// <param name="devices">On what; two devices where none are given.</param>
    /// <exception cref="ArgumentException">There is no device or no memory, or a transfer takes less than no time.</exception>
    public PlanSimulator(CostGraph graph, DeviceSettings? devices = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        (Graph, Devices) = (graph, devices ?? new DeviceSettings());
        if (Devices.Count < 1 || !(Devices.MemoryBytes > 0) || !(Devices.SecondsPerByte >= 0))
            throw new ArgumentException($"{Devices} are no devices: give at least one, with memory above 0 and a transfer time of 0 or more.", nameof(devices));
        (o, d) = (graph.Count, Devices.Count);
        inputs = [.. graph.Operations.Select(operation => operation.Inputs)];
        (place, waiting, left, memory, clock) = (new int[o], new int[o], new int[graph.Tensors * d], new long[d], new double[d]);
        (ready, urgency) = (new int[o + graph.Tensors * d], new double[o + graph.Tensors * d]);
    }

    /// <summary>What is to run.</summary>
    public CostGraph Graph { get; }

    /// <summary>On what.</summary>
    public DeviceSettings Devices { get; }

    /// <summary>D, the number of keys.</summary>
    public int Keys => o * d + o + Graph.Tensors * d;

    /// <summary>The cost of the plan that keys stand for: bytes, or seconds.</summary>
    /// <param name="keys">[D], each from 0 to 1.</param>
    /// <param name="objective">Which cost.</param>
    public double Cost(ReadOnlySpan<double> keys, PlanObjective objective)
    {
        var (seconds, peak) = Run(keys, null);
        if (objective == PlanObjective.PeakMemory) return peak;
        if (peak <= Devices.MemoryBytes) return seconds;
        // No plan that fits takes longer than everything one by one.
        return (Graph.SerialSeconds + Devices.SecondsPerByte * d * Graph.Bytes.Sum()) * (1 + peak / Devices.MemoryBytes);
    }

    /// <summary>The plan that keys stand for, step by step.</summary>
    /// <param name="keys">[D], each from 0 to 1.</param>
    public Plan Decode(ReadOnlySpan<double> keys)
    {
        var steps = new List<PlanStep>();
        var (seconds, peak) = Run(keys, steps);
        return new Plan(seconds, peak, steps);
    }

    /// <summary>Keys that stand for a plan of one's own: transfers happen as soon as they can.</summary>
    /// <param name="device">The device of each operation: [o].</param>
    /// <param name="order">All operations, in an order in which they can run; null: the graph's own.</param>
    /// <exception cref="ArgumentException">An operation has no device, or the order does not have each operation once.</exception>
    public double[] KeysOf(IReadOnlyList<int> device, IReadOnlyList<int>? order = null)
    {
        order ??= [.. Enumerable.Range(0, o)];
        if (device.Count != o || device.Any(j => j < 0 || j >= d))
            throw new ArgumentException($"A plan names a device, 0 to {d - 1}, for each of {o} operations; given were [{string.Join(", ", device)}].", nameof(device));
        if (!order.Order().SequenceEqual(Enumerable.Range(0, o)))
            throw new ArgumentException($"An order names each of the operations 0 to {o - 1} once; given was [{string.Join(", ", order)}].", nameof(order));
        var keys = new double[Keys];
        keys.AsSpan(o * d + o).Fill(1);
        for (int v = 0; v < o; v++) keys[v * d + device[v]] = 1;
        for (int i = 0; i < o; i++) keys[o * d + order[i]] = 1 - (i + 1.0) / (o + 1);
        return keys;
    }

    private (double Seconds, long Peak) Run(ReadOnlySpan<double> keys, List<PlanStep>? steps)
    {
        if (keys.Length != Keys) throw new ArgumentException($"'{Graph.Name}' on {d} devices takes {Keys} keys; given were {keys.Length}.", nameof(keys));
        Begin(keys);
        long peak = 0;
        ReadOnlySpan<double> priorities = keys.Slice(o * d, o), transfers = keys[(o * d + o)..];
        while (open > 0)
        {
            int task = TakeMostUrgent();
            bool isTransfer = task >= o;
            int tensor = isTransfer ? (task - o) / d : -1;
            int to = isTransfer ? (task - o) % d : place[task], from = isTransfer ? place[Graph.Producers[tensor]] : to;
            double start = Math.Max(clock[from], clock[to]);
            double end = start + (isTransfer ? Devices.SecondsPerByte * Graph.Bytes[tensor] : Graph.Operations[task].Seconds);
            clock[from] = clock[to] = end;
            if (isTransfer) memory[to] += Graph.Bytes[tensor];
            else
                for (int made = Graph.FirstTensor[task]; made < Graph.FirstTensor[task + 1]; made++) memory[to] += Graph.Bytes[made];
            peak = Math.Max(peak, memory[to]);
            long[]? during = steps is null ? null : [.. memory];
            if (isTransfer)
            {
                Release(tensor, from);
                Arrive(tensor, to, priorities);
            }
            else
            {
                foreach (int read in inputs[task]) Release(read, to);
                for (int made = Graph.FirstTensor[task]; made < Graph.FirstTensor[task + 1]; made++) HandOn(made, to, priorities, transfers);
            }
            steps?.Add(new PlanStep(isTransfer ? -1 : task, tensor, to, start, end, during!, [.. memory]));
        }
        return (clock.Max(), peak);
    }

    /// <summary>Places the operations, counts who needs what where, and opens what needs nothing.</summary>
    private void Begin(ReadOnlySpan<double> keys)
    {
        Array.Clear(left);
        Array.Clear(memory);
        Array.Clear(clock);
        open = 0;
        for (int v = 0; v < o; v++)
        {
            place[v] = 0;
            for (int j = 1; j < d; j++)
                if (keys[v * d + j] > keys[v * d + place[v]]) place[v] = j;
            waiting[v] = inputs[v].Length;
            foreach (int t in inputs[v])
            {
                int home = place[Graph.Producers[t]];
                if (left[t * d + place[v]]++ == 0 && place[v] != home) left[t * d + home]++;
            }
            if (inputs[v].Length == 0) Open(v, keys[o * d + v]);
        }
    }

    private void Open(int task, double priority) => (ready[open], urgency[open++]) = (task, priority);

    /// <summary>Of equal priorities the lower number goes first, operations before transfers.</summary>
    private int TakeMostUrgent()
    {
        int best = 0;
        for (int i = 1; i < open; i++)
            if (urgency[i] > urgency[best] || (urgency[i] == urgency[best] && ready[i] < ready[best])) best = i;
        int task = ready[best];
        open--;
        (ready[best], urgency[best]) = (ready[open], urgency[open]);
        return task;
    }

    private void HandOn(int tensor, int home, ReadOnlySpan<double> priorities, ReadOnlySpan<double> transfers)
    {
        for (int j = 0; j < d; j++)
            if (j != home && left[tensor * d + j] > 0) Open(o + tensor * d + j, transfers[tensor * d + j]);
        Arrive(tensor, home, priorities);
    }

    private void Arrive(int tensor, int device, ReadOnlySpan<double> priorities)
    {
        foreach (int reader in Graph.Consumers[tensor])
            if (place[reader] == device && --waiting[reader] == 0) Open(reader, priorities[reader]);
    }

    private void Release(int tensor, int device)
    {
        if (--left[tensor * d + device] == 0) memory[device] -= Graph.Bytes[tensor];
    }
}
