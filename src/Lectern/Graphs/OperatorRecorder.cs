using System.Globalization;

namespace Lectern.Graphs;

/// <summary>A tensor that an operator reads or makes.</summary>
/// <param name="Number">Which tensor of the record; a view has its base's number.</param>
/// <param name="Bytes">Bytes of its memory.</param>
/// <param name="Shape">Its sizes, as the operator saw it.</param>
public sealed record RecordedTensor(int Number, long Bytes, long[] Shape);

/// <summary>An operator that ran.</summary>
/// <param name="Name">ATen's name, such as <c>addmm</c>; the name of a function written by hand, its backward pass with <c>_backward</c>.</param>
/// <param name="Inputs">What it read, each tensor once.</param>
/// <param name="Outputs">What it made.</param>
public sealed record RecordedOperator(string Name, IReadOnlyList<RecordedTensor> Inputs, IReadOnlyList<RecordedTensor> Outputs);

/// <summary>
/// Records the operators of a real computation, forward and backward, with shapes and dependencies: at the level at which
/// autograd sees them. An operator composed of others (<c>linear</c>) is taken apart, what a kernel calls inside is not
/// seen, a function written by hand (<see cref="SparseProduct"/>) is one operator. Views are no operators, for they
/// make nothing; an operator in place makes a new tensor of the same size.
/// </summary>
public static class OperatorRecorder
{
    /// <summary>Whether this engine can record: the bridge to libtorch can, TorchSharp's package has nothing for it.</summary>
    public static bool IsAvailable =>
#if LECTERN_BRIDGE
        true;
#else
        false;
#endif

    /// <summary>Runs a computation of this thread on the CPU and says what it was made of.</summary>
    /// <param name="computation">Such as <c>() => loss(model.call(x)).backward()</c>.</param>
    /// <returns>The operators in the order in which they ran: each reads only what is from outside or was made before.</returns>
    /// <exception cref="PlatformNotSupportedException">The engine cannot record (<see cref="IsAvailable"/>).</exception>
    public static IReadOnlyList<RecordedOperator> Record(Action computation)
    {
#if LECTERN_BRIDGE
        return [.. TorchSharp.Native.OperatorRecord.Of(computation).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];
#else
        throw new PlatformNotSupportedException(
            "TorchSharp's package cannot record operators. Build with the bridge (LECTERN_TORCH=bridge, on Linux with libtorch), "
            + "or describe the graph in a file and read it with CostGraph.Read.");
#endif
    }

#if LECTERN_BRIDGE
    private static RecordedOperator Parse(string line)
    {
        string[] parts = line.Split('\t');
        return new RecordedOperator(parts[0], Tensors(parts[1]), Tensors(parts[2]));
    }

    private static RecordedTensor[] Tensors(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one =>
    {
        string[] fields = one.Split(':');
        return new RecordedTensor(int.Parse(fields[0], CultureInfo.InvariantCulture), long.Parse(fields[1], CultureInfo.InvariantCulture),
            [.. fields[2].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(size => long.Parse(size, CultureInfo.InvariantCulture))]);
    })];
#endif
}
