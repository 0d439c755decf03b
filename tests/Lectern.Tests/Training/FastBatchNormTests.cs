using Lectern.Training;
using TorchSharp.Modules;

namespace Lectern.Tests.Training;

/// <summary>Batch normalisation by the kernel beside the library's module.</summary>
public sealed class FastBatchNormTests
{
    /// <summary>
    /// Rows and columns: few and many rows (several threads), columns that fill vectors and that do not.
    /// </summary>
    public static TheoryData<int, int> Sizes => new() { { 2, 16 }, { 33, 19 }, { 257, 32 }, { 5000, 118 } };

    /// <summary>Scales of both signs, shifts, and running statistics other than a new module's.</summary>
    private static BatchNorm1d Norm(int columns, ScalarType type)
    {
        manual_seed(3);
        var norm = nn.BatchNorm1d(columns, eps: 1e-3, dtype: type);
        using var quiet = no_grad();
        norm.weight!.copy_(randn(columns));
        norm.bias!.copy_(randn(columns));
        norm.running_mean!.copy_(randn(columns));
        norm.running_var!.copy_(rand(columns) + 0.5);
        return norm;
    }

    private static Tensor ByOperators(BatchNorm1d norm, Tensor x, Rectifier relu)
    {
        var y = norm.call(relu == Rectifier.Before ? x.relu() : x);
        return relu == Rectifier.After ? y.relu() : y;
    }

    private static Tensor Rows(int rows, int columns, ScalarType type)
    {
        manual_seed(4);
        // Columns of different size and place; the last one is the same number in all rows.
        var x = randn(rows, columns) * (rand(columns) * 3) + randn(columns) * 2;
        x.select(1, columns - 1).fill_(7);
        return x.to(type);
    }

    private static IEnumerable<Tensor> Gradients(nn.Module module) =>
        module.parameters().Select(p => p.grad!);

    private static double[] Values(Tensor x) =>
        x.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();

    private static void Near(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        var (e, a) = (Values(expected), Values(actual));
        double size = Math.Max(1, e.Max(Math.Abs));
        for (int i = 0; i < e.Length; i++)
            Assert.True(Math.Abs(e[i] - a[i]) <= tolerance * size, $"number {i}: {a[i]}, expected {e[i]}");
    }

    /// <summary>
    /// The module in double precision is right; the kernel comes near it from the same numbers.
    /// </summary>
    private static void AssertRight(
        int rows, int columns, ScalarType type, Rectifier relu, double tolerance,
        Func<Tensor, Tensor>? view = null)
    {
        using var scope = NewDisposeScope();
        Tensor[] Run(ScalarType precision, Func<BatchNorm1d, Tensor, Rectifier, Tensor> apply)
        {
            var norm = Norm(columns, precision);
            var leaf = view is null ? Rows(rows, columns, precision) : Rows(columns, rows, precision);
            leaf = leaf.detach().requires_grad_();
            var y = apply(norm, view is null ? leaf : view(leaf), relu);
            manual_seed(5);
            (y * randn(rows, columns).to(precision)).sum().backward();
            return [y, leaf.grad!, .. Gradients(norm), .. norm.buffers()];
        }
        var (expected, actual) = (Run(ScalarType.Float64, ByOperators), Run(type, FastBatchNorm.Apply));
        for (int i = 0; i < expected.Length; i++) Near(expected[i], actual[i], tolerance);
        Assert.Equal(type, actual[0].dtype);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Results_gradients_and_running_statistics_are_the_modules(int rows, int columns)
    {
        foreach (var relu in Enum.GetValues<Rectifier>())
        {
            AssertRight(rows, columns, ScalarType.Float64, relu, 1e-11);
            AssertRight(rows, columns, ScalarType.Float32, relu, 2e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_linear_layer_before_it_gets_its_gradients_too(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        foreach (var relu in Enum.GetValues<Rectifier>())
        {
            var results = new List<List<Tensor>>();
            foreach (bool fast in (bool[])[false, true])
            {
                manual_seed(6);
                var linear = nn.Linear(9, columns, dtype: ScalarType.Float64);
                var norm = Norm(columns, ScalarType.Float64);
                var x = Rows(rows, 9, ScalarType.Float64).requires_grad_();
                var y = fast
                    ? FastBatchNorm.Apply(linear, norm, x, relu)
                    : ByOperators(norm, linear.call(x), relu);
                manual_seed(5);
                (y * randn_like(y)).sum().backward();
                results.Add([y, x.grad!, .. Gradients(linear), .. Gradients(norm), .. norm.buffers()]);
            }
            Assert.Equal(9, results[0].Count);
            for (int i = 0; i < results[0].Count; i++) Near(results[0][i], results[1][i], 1e-11);
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Before_a_linear_layer_it_goes_into_the_weights(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        foreach (var (training, hasBias) in (IEnumerable<(bool, bool)>)[(true, false), (true, true), (false, true)])
        {
            var results = new List<List<Tensor>>();
            foreach (bool fast in (bool[])[false, true])
            {
                manual_seed(6);
                var linear = nn.Linear(columns, 20, hasBias, dtype: ScalarType.Float64);
                var (first, last) = (Norm(columns, ScalarType.Float64), Norm(20, ScalarType.Float64));
                first.train(training);
                var x = Rows(rows, columns, ScalarType.Float64);
                var y = fast ? FastBatchNorm.Apply(first, linear, x) : linear.call(first.call(x));
                var z = fast
                    ? FastBatchNorm.Apply(linear, last, x, Rectifier.Before, before: first)
                    : ByOperators(last, linear.call(first.call(x)), Rectifier.Before);
                manual_seed(5);
                ((y * randn_like(y)).sum() + (z * randn_like(z)).sum()).backward();
                results.Add([y, z, .. Gradients(linear), .. Gradients(first), .. Gradients(last), .. first.buffers(), .. last.buffers()]);
            }
            Assert.Equal(hasBias ? 14 : 13, results[0].Count);
            for (int i = 0; i < results[0].Count; i++) Near(results[0][i], results[1][i], 1e-10);
        }
    }

    [Fact]
    public void Rows_that_do_not_lie_together_are_read_as_they_are() =>
        AssertRight(40, 24, ScalarType.Float64, Rectifier.Before, 1e-11, x => x.t());

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Gradients_are_the_slopes_of_the_result(int relu)
    {
        using var scope = NewDisposeScope();
        const double step = 1e-6;
        var norm = Norm(17, ScalarType.Float64);
        var x = Rows(6, 17, ScalarType.Float64).requires_grad_();
        var direction = randn(6, 17, dtype: ScalarType.Float64);
        Tensor Loss(Tensor input) => (FastBatchNorm.Apply(norm, input, (Rectifier)relu) * direction).sum();
        Loss(x).backward();
        foreach (var leaf in (Tensor[])[x, norm.weight!, norm.bias!])
        {
            double[] gradient = Values(leaf.grad!);
            using var values = leaf.detach().view(-1);
            for (int i = 0; i < gradient.Length; i++)
            {
                // The last column of x is constant: relu(x̂) bends there.
                if (ReferenceEquals(leaf, x) && i % 17 == 16) continue;
                double Moved(double by)
                {
                    using (no_grad()) values[i].add_(by);
                    double loss = Loss(x).item<double>();
                    using (no_grad()) values[i].sub_(by);
                    return loss;
                }
                double slope = (Moved(step) - Moved(-step)) / (2 * step);
                Assert.Equal(slope, gradient[i], 1e-4 * Math.Max(1, Math.Abs(gradient[i])));
            }
        }
    }

    [Fact]
    public void Features_that_need_no_gradient_get_none()
    {
        using var scope = NewDisposeScope();
        var (norm, x) = (Norm(20, ScalarType.Float32), Rows(50, 20, ScalarType.Float32));
        FastBatchNorm.Apply(norm, x).sum().backward();
        Assert.Null(x.grad);
        Near(full(20, 50f), norm.bias!.grad!, 1e-5);
    }

    [Fact]
    public void Evaluation_is_by_the_running_statistics_and_leaves_them()
    {
        using var scope = NewDisposeScope();
        var (norm, x) = (Norm(32, ScalarType.Float32), Rows(10, 32, ScalarType.Float32));
        norm.eval();
        var before = norm.running_mean!.clone();
        var centred = (x - norm.running_mean!) / (norm.running_var! + 1e-3).sqrt();
        var expected = centred * norm.weight! + norm.bias!;
        Near(expected.relu(), FastBatchNorm.Apply(norm, x, Rectifier.After), 1e-5);
        Assert.Equal(Values(before), Values(norm.running_mean!));
        Assert.Equal(0, norm.num_batches_tracked!.item<long>());
    }

    [Fact]
    public void What_the_kernel_does_not_know_goes_to_the_library()
    {
        using var scope = NewDisposeScope();
        // Narrower than a vector; a plain mean of all batches; no gradients recorded.
        AssertRight(30, 3, ScalarType.Float32, Rectifier.Before, 1e-6);
        var (expected, actual) = (Norm(16, ScalarType.Float32), Norm(16, ScalarType.Float32));
        (expected.momentum, actual.momentum) = (null, null);
        var x = Rows(9, 16, ScalarType.Float32);
        for (int i = 0; i < 3; i++) Near(expected.call(x + i), FastBatchNorm.Apply(actual, x + i), 1e-6);
        Near(expected.running_mean!, actual.running_mean!, 1e-6);
        using (no_grad()) Near(expected.call(x), FastBatchNorm.Apply(actual, x), 1e-6);
        Near(expected.running_mean!, actual.running_mean!, 1e-6);
    }

    [Fact]
    public void A_batch_of_one_row_is_left_to_the_library_with_what_it_says()
    {
        using var scope = NewDisposeScope();
        string Outcome(Func<BatchNorm1d, Tensor> apply)
        {
            try
            {
                return string.Join(' ', Values(apply(Norm(16, ScalarType.Float32))));
            }
            catch (Exception error)
            {
                return error.Message;
            }
        }
        var x = ones(1, 16);
        string expected = Outcome(norm => norm.call(x).relu());
        Assert.Equal(expected, Outcome(norm => FastBatchNorm.Apply(norm, x, Rectifier.After)));
    }

    [Fact]
    public void A_number_that_is_none_stays_none()
    {
        using var scope = NewDisposeScope();
        var x = ones(4, 16);
        x[2, 5].fill_(float.NaN);
        foreach (var relu in Enum.GetValues<Rectifier>())
        {
            double[] y = Values(FastBatchNorm.Apply(Norm(16, ScalarType.Float32), x, relu));
            Assert.All(y.Where((_, i) => i % 16 == 5), value => Assert.True(double.IsNaN(value)));
            Assert.All(y.Where((_, i) => i % 16 != 5), value => Assert.False(double.IsNaN(value)));
        }
    }
}
