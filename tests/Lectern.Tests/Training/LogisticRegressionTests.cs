using Lectern.Training;

namespace Lectern.Tests.Training;

/// <summary>Softmax regression: the same minimum as scikit-learn's, and a gradient of zero there.</summary>
public sealed class LogisticRegressionTests
{
    /// <summary>24 rows by a rule that other programs can follow.</summary>
    private static (Tensor X, Tensor Labels) Data()
    {
        double[] x = [.. Enumerable.Range(0, 24).SelectMany(i => (double[])
            [i * 7 % 11 / 5.0 - 1, i * 5 % 13 / 6.0 - 1, i * i % 17 / 8.0 - 1])];
        long[] y = [.. Enumerable.Range(0, 24).Select(i =>
            x[3 * i] + 0.5 * x[3 * i + 2] > 0.2 ? 0L : x[3 * i + 1] > 0 ? 1 : 2)];
        return (tensor(x).reshape(24, 3), tensor(y));
    }

    [Theory]
    [InlineData(1, 1.3426541, -0.28926037, -1.05339373, 0.59282571, 0.95833333)]
    [InlineData(0.1, 0.3755175, -0.03145351, -0.34406399, 0.41030551, 0.70833333)]
    [InlineData(10, 3.16361936, -1.08328414, -2.08033523, 0.96523106, 1)]
    public void The_minimum_is_that_of_scikit_learn(double c, double w00, double w01, double w02, double b0, double accuracy)
    {
        // LogisticRegression(C=c, tol=1e-12, multi_class="multinomial") of scikit-learn 1.2.1 on the same rows.
        using var scope = NewDisposeScope();
        var (x, y) = Data();
        var fitted = LogisticRegression.Fit(x, y, 3, c);
        double[] expected = [w00, w01, w02];
        for (int k = 0; k < 3; k++) Assert.Equal(expected[k], fitted.Weight[0, k].item<double>(), 1e-4);
        Assert.Equal(b0, fitted.Bias[0].item<double>(), 1e-4);
        Assert.Equal(accuracy, fitted.Accuracy(x, y), 1e-6);
    }

    [Fact]
    public void At_the_minimum_the_gradient_of_the_whole_objective_is_zero()
    {
        using var scope = NewDisposeScope();
        var (x, y) = Data();
        var fitted = LogisticRegression.Fit(x, y, 3, 2);
        var (w, b) = (fitted.Weight.detach().clone().requires_grad_(), fitted.Bias.detach().clone().requires_grad_());
        (0.5 * w.square().sum() + 2 * nn.functional.cross_entropy(x.mm(w) + b, y, reduction: nn.Reduction.Sum)).backward();
        Assert.True(w.grad!.abs().max().item<double>() < 1e-4);
        Assert.True(b.grad!.abs().max().item<double>() < 1e-4);
    }

    [Fact]
    public void Large_and_badly_scaled_columns_are_no_trouble()
    {
        using var scope = NewDisposeScope();
        var (x, y) = Data();
        var fitted = LogisticRegression.Fit(x * tensor(new double[] { 1000, 1e-3, 1 }), y, 3, 100);
        Assert.InRange(fitted.Steps, 1, 999);
        Assert.True(fitted.Accuracy(x * tensor(new double[] { 1000, 1e-3, 1 }), y) > 0.7);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_the_reason()
    {
        using var scope = NewDisposeScope();
        var (x, y) = Data();
        Assert.Contains("[24, 3]", Assert.Throws<ArgumentException>(() => LogisticRegression.Fit(x, y[..5], 3)).Message);
        Assert.Contains("unlabelled", Assert.Throws<ArgumentException>(() => LogisticRegression.Fit(x, y - 1, 3)).Message);
        Assert.Contains("not finite", Assert.Throws<ArgumentException>(() => LogisticRegression.Fit(x / 0.0, y, 3)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => LogisticRegression.Fit(x, y, 3, 0));
    }
}
