using TorchSharp.Native;

namespace Torch.Tests.Native;

/// <summary>What a record of operators holds: lines of name, inputs and outputs.</summary>
public sealed class OperatorRecordTests
{
    private static string[] Lines(Action computation) => OperatorRecord.Of(computation).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public void A_line_names_the_operator_what_it_reads_and_what_it_makes()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (ones(2, 3), ones(3, 4));
        Assert.Equal(["mm\t 0:24:2,3 1:48:3,4\t 2:32:2,4"], Lines(() => a.mm(b)));
    }

    [Fact]
    public void Views_make_nothing_composed_operators_are_taken_apart_and_an_operator_in_place_makes_a_new_tensor()
    {
        using var scope = NewDisposeScope();
        var (x, w, bias) = (ones(2, 3), ones(4, 3), ones(4));
        string[] lines = Lines(() => nn.functional.linear(x, w, bias).view(8).add_(1).view(2, 4).relu());
        Assert.Equal(["addmm", "add_", "relu"], lines.Select(line => line.Split('\t')[0]));
        Assert.Equal(" 3:32:8", lines[1].Split('\t')[1]);
        Assert.Equal(" 4:32:8", lines[1].Split('\t')[2]);
        Assert.Equal(" 4:32:2,4", lines[2].Split('\t')[1]);
    }

    [Fact]
    public void Tensors_in_lists_are_read_too_whether_all_are_there_or_not()
    {
        using var scope = NewDisposeScope();
        var (a, b, rows) = (ones(2, 3), ones(2, 3), tensor(new long[] { 1, 0, 1 }));
        Assert.Equal(["cat\t 0:24:2,3 1:24:2,3\t 2:48:2,6"], Lines(() => cat([a, b], 1)));
        Assert.Equal(["index\t 0:24:2,3 1:24:3\t 2:36:3,3"], Lines(() => _ = a[rows]));
    }

    [Fact]
    public void Backward_passes_are_recorded_too()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, 3).requires_grad_();
        string[] lines = Lines(() => x.exp().sum().backward());
        Assert.Equal(["exp", "sum", "ones_like", "mul"], lines.Select(line => line.Split('\t')[0]));
    }

    [Fact]
    public void Nothing_is_recorded_afterwards_not_even_after_a_failure_and_records_do_not_nest()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<InvalidOperationException>(() => OperatorRecord.Of(() => throw new InvalidOperationException("stop")));
        var error = Assert.ThrowsAny<Exception>(() => OperatorRecord.Of(() => OperatorRecord.Of(() => { })));
        Assert.Contains("already", error.Message);
        ones(2).exp();
        Assert.Empty(Lines(() => { }));
    }
}
