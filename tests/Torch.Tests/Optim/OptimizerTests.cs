using TorchSharp.Modules;

namespace Torch.Tests.Optim;

public sealed class OptimizerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string> Kinds =>
        ["SGD momentum", "Adam plain", "Adam amsgrad", "AdamW decay", "Adagrad all", "RMSProp all",
            "Adadelta plain"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_run_resumed_from_a_file_goes_on_exactly_as_the_run_that_was_not_stopped(string kind)
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, "state");
        var (w, v) = OptimizerVectorTests.Parameters();
        using var whole = OptimizerVectorTests.Make(kind, [w, v]);
        Train(whole, w, v, 5);
        whole.save_state_dict(path);
        var (w2, v2) = (new Parameter(w.detach().clone()), new Parameter(v.detach().clone()));
        using var resumed = OptimizerVectorTests.Make(kind.Split(' ')[0] + " plain", [w2, v2]);
        resumed.load_state_dict(path);
        Train(whole, w, v, 5);
        Train(resumed, w2, v2, 5);
        Assert.Equal(w.data<double>().ToArray(), w2.data<double>().ToArray());
        Assert.Equal(v.data<double>().ToArray(), v2.data<double>().ToArray());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_state_taken_over_is_a_copy(string kind)
    {
        using var scope = NewDisposeScope();
        var (w, v) = OptimizerVectorTests.Parameters();
        var (w2, v2) = OptimizerVectorTests.Parameters();
        using var first = OptimizerVectorTests.Make(kind, [w, v]);
        using var second = OptimizerVectorTests.Make(kind, [w2, v2]);
        Train(first, w, v, 3);
        second.load_state_dict(first.state_dict());
        Assert.All(first.state_dict().State.Zip(second.state_dict().State), pair =>
            Assert.True(pair.First.ApproximatelyEquals(pair.Second)));
        Train(first, w, v, 1);
        Assert.All(first.state_dict().State.Zip(second.state_dict().State), pair =>
            Assert.False(pair.First.ApproximatelyEquals(pair.Second)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void State_outlives_the_dispose_scope_it_was_made_in_and_ends_with_the_optimizer(string kind)
    {
        var (w, v) = OptimizerVectorTests.Parameters();
        var before = Live;
        OptimizerHelper optimizer;
        using (NewDisposeScope())
        {
            optimizer = OptimizerVectorTests.Make(kind, [w, v]);
            Train(optimizer, w, v, 1);
        }
        Train(optimizer, w, v, 2);
        optimizer.zero_grad(set_to_none: true);
        Assert.True(Live > before);
        optimizer.Dispose();
        Assert.Equal(before, Live);
        w.Dispose();
        v.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_step_leaves_no_tensors_behind(string kind)
    {
        using var scope = NewDisposeScope();
        var (w, v) = OptimizerVectorTests.Parameters();
        using var optimizer = OptimizerVectorTests.Make(kind, [w, v]);
        Train(optimizer, w, v, 2);
        var before = Live;
        optimizer.step();
        Assert.Equal(before, Live);
    }

    [Fact]
    public void Zero_grad_fills_gradients_with_zeros_or_lets_them_go()
    {
        using var scope = NewDisposeScope();
        var (w, v) = OptimizerVectorTests.Parameters();
        using var optimizer = optim.SGD([w, v], 0.1);
        OptimizerVectorTests.Loss(w, v, second: false).backward();
        optimizer.zero_grad();
        Assert.Equal([0.0, 0, 0], w.grad!.data<double>().ToArray());
        Assert.Null(v.grad);
        optimizer.zero_grad(set_to_none: true);
        Assert.Null(w.grad);
    }

    [Fact]
    public void A_step_changes_neither_the_gradients_nor_the_graph()
    {
        using var scope = NewDisposeScope();
        var (w, v) = OptimizerVectorTests.Parameters();
        using var optimizer = optim.Adam([w, v], weight_decay: 0.1, maximize: true);
        OptimizerVectorTests.Loss(w, v, second: true).backward();
        var gradient = w.grad!.clone();
        optimizer.step();
        Assert.Equal(gradient.data<double>().ToArray(), w.grad!.data<double>().ToArray());
        Assert.True(w.requires_grad);
        Assert.True(w.is_leaf);
    }

    [Fact]
    public void The_closure_computes_the_loss_with_gradients_on_and_the_step_returns_it()
    {
        using var scope = NewDisposeScope();
        var (w, v) = OptimizerVectorTests.Parameters();
        using var optimizer = optim.SGD([w, v], 0.01);
        using var none = no_grad();
        var loss = optimizer.step(() =>
        {
            optimizer.zero_grad();
            var value = OptimizerVectorTests.Loss(w, v, second: true);
            value.backward();
            return value;
        });
        Assert.NotNull(loss);
        Assert.NotEqual(0.5, w.data<double>()[0]);
        Assert.Null(optimizer.step());
    }

    [Fact]
    public void Groups_have_options_of_their_own_and_take_the_rest_from_the_optimizer()
    {
        using var scope = NewDisposeScope();
        var (w, v) = OptimizerVectorTests.Parameters();
        using var optimizer = optim.SGD([w], 0.1, weight_decay: 0.5);
        optimizer.add_param_group(new SGD.ParamGroup([v], new SGD.Options { LearningRate = 0 }));
        var group = Assert.IsType<SGD.ParamGroup>(optimizer.ParamGroups.Last());
        Assert.Equal(0.5, group.Options.weight_decay);
        Assert.Equal(0, group.LearningRate);
        OptimizerVectorTests.Loss(w, v, second: true).backward();
        var still = v.detach().clone();
        optimizer.step();
        Assert.True(v.allclose(still));
        Assert.Equal(2, optimizer.parameters().Count());
    }

    [Fact]
    public void Wrong_use_is_answered_with_what_is_wrong()
    {
        using var scope = NewDisposeScope();
        var (w, v) = OptimizerVectorTests.Parameters();
        Assert.Contains("lr is -1", Assert.Throws<ArgumentException>(() => optim.Adam([w], lr: -1)).Message);
        Assert.Contains("beta1 is 1", Assert.Throws<ArgumentException>(() => optim.AdamW([w],
            beta1: 1)).Message);
        Assert.Contains("Nesterov", Assert.Throws<ArgumentException>(() => optim.SGD([w], 0.1,
            nesterov: true)).Message);
        Assert.Contains("twice", Assert.Throws<ArgumentException>(() => optim.SGD([w, w], 0.1)).Message);

        var path = Path.Combine(folder, "state");
        using var adam = optim.Adam([w]);
        adam.save_state_dict(path);
        using var sgd = optim.SGD([w], 0.1);
        Assert.Contains("of "
            + "Adam", Assert.Throws<InvalidDataException>(() => sgd.load_state_dict(path)).Message);
        using var two = optim.Adam([w, v]);
        Assert.Contains("1 "
            + "parameters", Assert.Throws<ArgumentException>(() => two.load_state_dict(path)).Message);
        using var other = optim.Adam([v]);
        Assert.Contains("[3]", Assert.Throws<ArgumentException>(() => other.load_state_dict(path)).Message);
    }

    [Fact]
    public void Adam_refuses_sparse_gradients_and_names_the_remedy()
    {
        using var scope = NewDisposeScope();
        using var table = new Parameter(ones(4, 2));
        using var optimizer = optim.Adam([table]);
        nn.functional.embedding(tensor(new long[] { 1 }), table, sparse: true).sum().backward();
        Assert.Contains("SGD", Assert.Throws<InvalidOperationException>(() => optimizer.step()).Message);
    }

    [Fact]
    public void A_plateau_schedule_asks_for_the_measure()
    {
        using var scope = NewDisposeScope();
        var (w, _) = OptimizerVectorTests.Parameters();
        using var optimizer = optim.SGD([w], 0.1);
        var schedule = optim.lr_scheduler.ReduceLROnPlateau(optimizer);
        Assert.Throws<InvalidOperationException>(() => schedule.step());
    }

    // Tests run beside each other, so only this thread's tensors are counted.
    private static long Live => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    private static void Train(optim.Optimizer optimizer, Parameter w, Parameter v, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            OptimizerVectorTests.Loss(w, v, second: true).backward();
            optimizer.step();
        }
    }
}
