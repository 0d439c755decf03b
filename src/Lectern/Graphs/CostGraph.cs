using System.Globalization;

namespace Lectern.Graphs;

/// <summary>An operation of a <see cref="CostGraph"/>.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Seconds">How long it runs.</param>
/// <param name="OutputBytes">Size of each tensor that it makes.</param>
/// <param name="Inputs">The tensors that it reads, each once. Tensors are numbered through: those of operation 0 first.</param>
public sealed record CostOperation(string Name, double Seconds, long[] OutputBytes, int[] Inputs);

/// <summary>
/// A computation as a directed acyclic graph with costs: operations in an order in which they can run, and the tensors that
/// they hand on. What is there beforehand (parameters, data) is no tensor of the graph.
/// </summary>
public sealed class CostGraph
{
    /// <param name="name">What it computes.</param>
    /// <param name="operations">The operations; each reads tensors of earlier ones only.</param>
    /// <exception cref="ArgumentException">An operation reads a tensor that is not there yet, reads one twice, or has a negative cost.</exception>
    public CostGraph(string name, IReadOnlyList<CostOperation> operations)
    {
        ArgumentNullException.ThrowIfNull(operations);
        if (operations.Count == 0) throw new ArgumentException($"The graph '{name}' has no operation; give at least one.", nameof(operations));
        (Name, Operations) = (name, operations);
        var (bytes, producers, consumers) = (new List<long>(), new List<int>(), new List<List<int>>());
        FirstTensor = new int[operations.Count + 1];
        for (int v = 0; v < operations.Count; v++)
        {
            var operation = operations[v];
            string Which() => $"Operation {v} ('{operation.Name}') of '{name}'";
            if (!(operation.Seconds >= 0) || double.IsInfinity(operation.Seconds) || operation.OutputBytes.Any(size => size < 0))
                throw new ArgumentException($"{Which()} has a negative or unknown cost; times and sizes are 0 or more.", nameof(operations));
            int missing = Array.FindIndex(operation.Inputs, t => t < 0 || t >= bytes.Count);
            if (missing >= 0)
                throw new ArgumentException($"{Which()} reads tensor {operation.Inputs[missing]}, which no earlier operation makes ({bytes.Count} are "
                    + "made before it). Put operations in an order in which they can run.", nameof(operations));
            if (operation.Inputs.Distinct().Count() < operation.Inputs.Length)
                throw new ArgumentException($"{Which()} reads a tensor twice; name each once.", nameof(operations));
            foreach (int t in operation.Inputs) consumers[t].Add(v);
            foreach (long size in operation.OutputBytes)
            {
                bytes.Add(size);
                producers.Add(v);
                consumers.Add([]);
            }
            FirstTensor[v + 1] = bytes.Count;
        }
        (Bytes, Producers, Consumers) = ([.. bytes], [.. producers], [.. consumers.Select(some => some.ToArray())]);
    }

    /// <summary>A graph whose operations make one tensor each: tensor v is what operation v makes.</summary>
    public static CostGraph Of(string name, params (double Seconds, long Bytes, int[] Inputs)[] operations) =>
        new(name, [.. operations.Select((op, v) => new CostOperation($"{v}", op.Seconds, [op.Bytes], op.Inputs))]);

    /// <summary>What the graph computes.</summary>
    public string Name { get; }

    /// <summary>The operations, in an order in which they can run: [o].</summary>
    public IReadOnlyList<CostOperation> Operations { get; }

    /// <summary>Number of operations, o.</summary>
    public int Count => Operations.Count;

    /// <summary>Number of tensors, t.</summary>
    public int Tensors => Bytes.Length;

    /// <summary>Size of each tensor: [t].</summary>
    public long[] Bytes { get; }

    /// <summary>The operation that makes each tensor: [t].</summary>
    public int[] Producers { get; }

    /// <summary>The operations that read each tensor, ascending; none for what the graph gives out.</summary>
    public int[][] Consumers { get; }

    /// <summary>Operation v makes the tensors FirstTensor[v] … FirstTensor[v + 1] - 1: [o + 1].</summary>
    public int[] FirstTensor { get; }

    /// <summary>Seconds of all operations one after the other.</summary>
    public double SerialSeconds => Operations.Sum(operation => operation.Seconds);

    /// <summary>Seconds of the longest chain of operations that wait for each other.</summary>
    public double CriticalSeconds
    {
        get
        {
            var end = new double[Count];
            for (int v = 0; v < Count; v++)
                end[v] = Operations[v].Seconds + Operations[v].Inputs.Select(t => end[Producers[t]]).DefaultIfEmpty(0).Max();
            return end.Max();
        }
    }

    /// <summary>Operations on the longest chain that leads to each operation, itself not counted: [o].</summary>
    public int[] Depths()
    {
        var depths = new int[Count];
        for (int v = 0; v < Count; v++)
            foreach (int t in Operations[v].Inputs) depths[v] = Math.Max(depths[v], depths[Producers[t]] + 1);
        return depths;
    }

    /// <summary>Operations on the longest chain that leads on from each operation, itself not counted: [o].</summary>
    public int[] Heights()
    {
        var heights = new int[Count];
        for (int v = Count - 1; v >= 0; v--)
            foreach (int t in Operations[v].Inputs) heights[Producers[t]] = Math.Max(heights[Producers[t]], heights[v] + 1);
        return heights;
    }

    /// <summary>Pairs of operations, the second of which reads what the first makes, each once.</summary>
    public IEnumerable<(int Source, int Target)> Edges() => Enumerable.Range(0, Count).SelectMany(v =>
        Operations[v].Inputs.Select(t => Producers[t]).Distinct().Select(u => (u, v)));

    // ------------------------------------------------------------------------------------ recorded and read

    private const double FlopsASecond = 5e10, BytesASecond = 1e10, SecondsACall = 1e-6;

    /// <summary>A recorded computation as a graph: what is from outside is left out, and with it operators that make nothing.</summary>
    /// <param name="name">What was recorded.</param>
    /// <param name="operators">From <see cref="OperatorRecorder.Record"/>.</param>
    /// <remarks>Sizes are the real ones. Times are estimated from the shapes, so that they are the same wherever it runs: the longer
    /// of 50 GFLOP/s and 10 GB/s, and a microsecond a call.</remarks>
    public static CostGraph FromRecord(string name, IReadOnlyList<RecordedOperator> operators)
    {
        ArgumentNullException.ThrowIfNull(operators);
        var number = new Dictionary<int, int>();                        // the record's -> the graph's
        var operations = new List<CostOperation>();
        foreach (var op in operators)
        {
            double moved = op.Inputs.Concat(op.Outputs).Sum(tensor => Elements(tensor) * 4.0);
            double seconds = Math.Max(Flops(op) / FlopsASecond, moved / BytesASecond) + SecondsACall;
            int[] inputs = [.. op.Inputs.Where(tensor => number.ContainsKey(tensor.Number)).Select(tensor => number[tensor.Number])];
            operations.Add(new CostOperation(op.Name, seconds, [.. op.Outputs.Select(tensor => tensor.Bytes)], inputs));
            foreach (var tensor in op.Outputs) number[tensor.Number] = number.Count;
        }
        return new CostGraph(name, operations);
    }

    private static double Elements(RecordedTensor tensor) => tensor.Shape.Aggregate(1.0, (product, size) => product * size);

    // A product [a, b] [b, c] takes 2abc operations, which is 2 √(ab · bc · ac), and with B of them at once that times √B less. A
    // convolution has an input product of its weight for each of its outputs; a backward pass has a product for each gradient.
    private static double Flops(RecordedOperator op)
    {
        var matrices = op.Inputs.Where(tensor => tensor.Shape.Length >= 2).Select(Elements).ToList();
        double Factors() => matrices[^Math.Min(2, matrices.Count)] * matrices[^1];      // one tensor may be both
        long Size(RecordedTensor tensor) => tensor.Shape[0];
        return op.Name switch
        {
            "mm" or "addmm" or "FastLinear" => 2 * Math.Sqrt(Factors() * Elements(op.Outputs[0])),
            "bmm" or "baddbmm" => 2 * Math.Sqrt(Factors() * Elements(op.Outputs[0]) / Size(op.Outputs[0])),
            "FastLinear_backward" => 2 * op.Outputs.Count * Math.Sqrt(matrices[0] * matrices[1] * matrices[2]),
            "convolution" => 2 * Elements(op.Outputs[0]) * matrices[1] / Size(op.Inputs[1]),
            "convolution_backward" => 4 * matrices[0] * matrices[2] / Size(op.Inputs[2]),
            _ => 0,
        };
    }

    /// <summary>A graph from a text file: a line an operation with its name, seconds, bytes of what it makes, and the names of the
    /// operations that it reads with commas between, with tabs between all; an empty line or one after # counts for nothing.</summary>
    /// <exception cref="FormatException">A line is none of these; the message says which and what it should be.</exception>
    public static CostGraph Read(string path)
    {
        var (rows, operations) = (new Dictionary<string, int>(), new List<CostOperation>());
        foreach (var (line, number) in File.ReadLines(path).Select((line, i) => (line.Trim(), i + 1)))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            FormatException Fault(string what) => new($"Line {number} of {path}: {what} Expected is NAME, SECONDS, BYTES and INPUTS (names with "
                + "commas between, or nothing), with tabs between.");
            string[] fields = line.Split('\t');
            if (fields.Length is < 3 or > 4) throw Fault($"{fields.Length} fields.");
            if (!double.TryParse(fields[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
                || !long.TryParse(fields[2], NumberStyles.Integer, CultureInfo.InvariantCulture, out long bytes))
                throw Fault($"'{fields[1]}' or '{fields[2]}' is no number.");
            var inputs = new List<int>();
            foreach (string input in fields.Length == 3 ? [] : fields[3].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                inputs.Add(rows.TryGetValue(input, out int row) ? row : throw Fault($"no line before it is called '{input}'."));
            if (!rows.TryAdd(fields[0], rows.Count)) throw Fault($"there is an operation '{fields[0]}' already.");
            operations.Add(new CostOperation(fields[0], seconds, [bytes], [.. inputs]));
        }
        return new CostGraph(Path.GetFileNameWithoutExtension(path), operations);
    }
}
