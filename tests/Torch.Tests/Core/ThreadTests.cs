namespace Torch.Tests.Core;

/// <summary>Several threads at once: operators, scopes, gradients, seeds.</summary>
public sealed class ThreadTests
{
    private const int Threads = 4;

    [Fact]
    public void Threads_compute_side_by_side_each_in_its_own_scopes()
    {
        long before = Tensor.TotalCount;
        var sums = new double[Threads];
        OnThreads(thread =>
        {
            for (int round = 0; round < 200; round++)
            {
                using var scope = NewDisposeScope();
                var x = full(4, 4, thread + 1.0);
                sums[thread] += x.mm(x).sum().ToDouble();
                Assert.Equal(3, scope.DisposablesCount);
            }
        });
        Assert.Equal(Enumerable.Range(1, Threads).Select(n => 200.0 * 64 * n * n), sums);
        Assert.InRange(Tensor.TotalCount, 0, before);
    }

    [Fact]
    public void Gradients_of_one_thread_do_not_reach_another()
    {
        OnThreads(thread =>
        {
            using var scope = NewDisposeScope();
            var x = full(3, thread + 1.0).requires_grad_();
            for (int round = 0; round < 50; round++) (x * x).sum().backward();
            Assert.Equal(50.0 * 2 * 3 * (thread + 1), x.grad!.sum().ToDouble());
            using (no_grad()) Assert.False((x * 2).requires_grad);
            Assert.True(is_grad_enabled());
        });
    }

    [Fact]
    public void Switching_gradients_off_holds_for_one_thread_only()
    {
        using var quiet = no_grad();
        bool elsewhere = false;
        OnThreads(_ => elsewhere = is_grad_enabled());
        Assert.True(elsewhere);
        Assert.False(is_grad_enabled());
    }

    [Fact]
    public void Failures_on_several_threads_keep_their_own_messages()
    {
        OnThreads(thread =>
        {
            for (int round = 0; round < 100; round++)
            {
                using var scope = NewDisposeScope();
                var x = ones(2, thread + 3);
                var error = Assert.ThrowsAny<Exception>(() => x.mm(x));
                Assert.Contains($"2x{thread + 3} and 2x{thread + 3}", error.Message);
            }
        });
    }

    [Fact]
    public void A_generator_gives_a_thread_its_own_numbers_whatever_the_others_draw()
    {
        var drawn = new float[Threads][];
        OnThreads(thread =>
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(7);
            drawn[thread] = Enumerable.Range(0, 20)
                .SelectMany(_ => rand(3, generator: generator).data<float>().ToArray()).ToArray();
        });
        Assert.Equal(60, drawn[0].Distinct().Count());
        Assert.All(drawn, numbers => Assert.Equal(drawn[0], numbers));
    }

    [Fact]
    public void The_seed_of_the_process_is_shared_by_its_threads()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var expected = rand(4).data<float>().ToArray();
        manual_seed(5);
        float[] elsewhere = [];
        var thread = new Thread(() =>
        {
            using var inner = NewDisposeScope();
            elsewhere = rand(4).data<float>().ToArray();
        });
        thread.Start();
        thread.Join();
        Assert.Equal(expected, elsewhere);
    }

    private static void OnThreads(Action<int> action)
    {
        var failures = new Exception?[Threads];
        var threads = Enumerable.Range(0, Threads).Select(number => new Thread(() =>
        {
            try
            {
                action(number);
            }
            catch (Exception error)
            {
                failures[number] = error;
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.All(failures, Assert.Null);
    }
}
