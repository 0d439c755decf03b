using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

/// <summary>Computations with costs: by hand, from a file, and recorded from real passes.</summary>
public sealed class CostGraphTests
{
    /// <summary>0 is read by 1 and 2, both by 3.</summary>
    internal static CostGraph Diamond() => CostGraph.Of("diamond", (1, 10, []), (2, 20, [0]), (3, 30, [0]), (1, 5, [1, 2]));

    private static IReadOnlyList<RecordedOperator> Record(Action computation)
    {
        Assert.SkipUnless(OperatorRecorder.IsAvailable, "This engine cannot record operators.");
        return OperatorRecorder.Record(computation);
    }

    [Fact]
    public void By_hand_a_diamond_has_its_readers_longest_chain_depths_and_heights()
    {
        var graph = Diamond();
        Assert.Equal((4, 4), (graph.Count, graph.Tensors));
        Assert.Equal([1, 2], graph.Consumers[0]);
        Assert.Empty(graph.Consumers[3]);
        Assert.Equal((7.0, 5.0), (graph.SerialSeconds, graph.CriticalSeconds));
        Assert.Equal([0, 1, 1, 2], graph.Depths());
        Assert.Equal([2, 1, 1, 0], graph.Heights());
        Assert.Equal([(0, 1), (0, 2), (1, 3), (2, 3)], graph.Edges());
    }

    [Fact]
    public void Tensors_of_several_outputs_are_numbered_through()
    {
        var graph = new CostGraph("two", [new("a", 1, [4, 8], []), new("b", 1, [], [1]), new("c", 1, [2], [0, 1])]);
        Assert.Equal([0, 2, 2, 3], graph.FirstTensor);
        Assert.Equal([0, 0, 2], graph.Producers);
        Assert.Equal([1, 2], graph.Consumers[1]);
        Assert.Equal([(0, 1), (0, 2)], graph.Edges());
    }

    [Fact]
    public void Bad_operations_are_named_with_what_to_do()
    {
        string Fault(params CostOperation[] operations) => Assert.Throws<ArgumentException>(() => new CostGraph("g", operations)).Message;
        Assert.Contains("no operation", Fault());
        Assert.Contains("tensor 1, which no earlier operation makes", Fault(new("a", 1, [1], []), new("b", 1, [1], [1])));
        Assert.Contains("negative", Fault(new CostOperation("a", -1, [1], [])));
        Assert.Contains("negative", Fault(new CostOperation("a", double.NaN, [1], [])));
        Assert.Contains("twice", Fault(new("a", 1, [1], []), new("b", 1, [1], [0, 0])));
    }

    [Fact]
    public void A_file_of_lines_is_read_and_a_bad_line_is_named()
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("lectern-cost-").FullName, "own.tsv");
        File.WriteAllText(file, "# name seconds bytes inputs\nload\t0.5\t100\n\ncut\t1e-3\t40\tload\njoin\t2\t8\tload, cut\n");
        var graph = CostGraph.Read(file);
        Assert.Equal(("own", 3), (graph.Name, graph.Count));
        Assert.Equal([0, 1], graph.Operations[2].Inputs);
        Assert.Equal(2.501, graph.SerialSeconds, 1e-9);
        string Fault(string text)
        {
            File.WriteAllText(file, text);
            return Assert.Throws<FormatException>(() => CostGraph.Read(file)).Message;
        }
        Assert.Contains("Line 1", Fault("load 0.5 100\n"));
        Assert.Contains("no line before it is called 'cut'", Fault("load\t0.5\t100\tcut\n"));
        Assert.Contains("no number", Fault("load\tlong\t100\n"));
        Assert.Contains("already", Fault("load\t1\t1\nload\t1\t1\n"));
    }

    // ------------------------------------------------------------------------------------ recorded

    [Fact]
    public void A_perceptrons_step_has_the_products_that_backpropagation_says()
    {
        using var scope = NewDisposeScope();
        var model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 4));
        var x = rand(32, 6);
        var record = Record(() => model.call(x).square().mean().backward());
        Assert.Equal(3, record.Count(op => op.Name == "addmm"));
        Assert.Equal(3 + 2, record.Count(op => op.Name == "mm"));                // every weight's gradient, every input's but the data's
        Assert.Equal(2, record.Count(op => op.Name == "threshold_backward"));
        var graph = CostGraph.FromRecord("perceptron", record);
        Assert.Equal(record.Count, graph.Count);
        // What nobody reads are the gradients of the six parameters; the loss is read once, for the shape of the first gradient.
        long[] kept = [.. Enumerable.Range(0, graph.Tensors).Where(t => graph.Consumers[t].Length == 0).Select(t => graph.Bytes[t]).Order()];
        Assert.Equal([.. new long[] { 4, 8, 16, 8 * 4, 16 * 6, 16 * 8 }.Select(n => 4 * n).Order()], kept);
        // The gradient of a ReLU waits for what came back, and for what it let through.
        var back = record.First(op => op.Name == "threshold_backward");
        Assert.Contains(record, op => op.Name == "mm" && back.Inputs.Any(t => t.Number == op.Outputs[0].Number));
        Assert.Contains(record, op => op.Name == "relu" && back.Inputs.Any(t => t.Number == op.Outputs[0].Number));
    }

    [Fact]
    public void A_function_written_by_hand_is_one_operator_each_way()
    {
        using var scope = NewDisposeScope();
        var graph = Generators.Cycle(5);
        var x = rand(5, 3).requires_grad_();
        var record = Record(() => graph.Sum(x).sum().backward());
        Assert.Equal(["SparseProduct", "sum", "ones_like", "SparseProduct_backward"], record.Select(op => op.Name));
        Assert.Contains(record[0].Outputs[0].Number, record[1].Inputs.Select(t => t.Number));
        Assert.Contains(record[2].Outputs[0].Number, record[3].Inputs.Select(t => t.Number));
        Assert.Equal([5, 3], record[3].Outputs[0].Shape);
    }

    [Fact]
    public void Times_are_those_of_the_products_where_they_are_large_and_of_the_bytes_elsewhere()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (rand(400, 500), rand(500, 600));
        var (image, kernel) = (rand(2, 3, 20, 20), rand(5, 3, 3, 3));
        var graph = CostGraph.FromRecord("products", Record(() =>
        {
            a.mm(b);
            a.exp();
            nn.functional.conv2d(image, kernel);
            a.mm(a.t());
        }));
        double At(int v) => graph.Operations[v].Seconds - 1e-6;
        Assert.Equal(2.0 * 400 * 500 * 600 / 5e10, At(0), 1e-9);
        Assert.Equal(2.0 * 400 * 500 * 4 / 1e10, At(1), 1e-9);
        Assert.Equal(Math.Max(2.0 * (2 * 5 * 18 * 18) * (3 * 3 * 3) / 5e10, 4.0 * (2 * 3 * 400 + 135 + 2 * 5 * 324) / 1e10), At(2), 1e-9);
        Assert.Equal(2.0 * 400 * 500 * 400 / 5e10, At(3), 1e-9);
    }

    [Fact]
    public void Recording_changes_no_result()
    {
        using var scope = NewDisposeScope();
        var x = rand(8, 5).requires_grad_();
        Tensor Once()
        {
            x.grad = null;
            nn.functional.softmax(x.tanh(), 1).square().sum().backward();
            return x.grad!.clone();
        }
        var plain = Once();
        Tensor? recorded = null;
        Record(() => recorded = Once());
        Assert.Equal(0, (plain - recorded!).abs().max().item<float>());
    }
}
