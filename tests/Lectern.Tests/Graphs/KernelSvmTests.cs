using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

public sealed class KernelSvmTests
{
    private static double[,] Linear(double[][] x)
    {
        var kernel = new double[x.Length, x.Length];
        for (int i = 0; i < x.Length; i++)
            for (int j = 0; j < x.Length; j++) kernel[i, j] = x[i].Zip(x[j], (a, b) => a * b).Sum();
        return kernel;
    }

    [Fact]
    public void Two_points_on_a_line_by_hand()
    {
        // x = 1 and x = 3: the widest border lies at 2, f(x) = 2 − x, with α = 1/2 on both.
        var kernel = Linear([[1], [3], [1.9], [2.1]]);
        var svm = KernelSvm.Fit(kernel, [0, 1, 0, 1], [0, 1], c: 100);

        Assert.Equal([0, 1, 0, 1], Enumerable.Range(0, 4).Select(i => svm.Predict(kernel, i)));
        Assert.Equal(2, svm.SupportVectors);
        Assert.Equal(1, svm.Accuracy(kernel, [0, 1, 0, 1], [2, 3]));
    }

    [Fact]
    public void A_high_price_parts_what_can_be_parted_and_a_low_one_leans_on_more_points()
    {
        // With a small C the errors are paid for; with a large one a separable set is parted without any.
        var random = new Random(4);
        double[][] x = [.. Enumerable.Range(0, 120).Select(i => new[] { random.NextDouble() * 2 - 1, random.NextDouble() * 2 - 1, 1 })];
        int[] y = [.. x.Select(p => p[0] + 2 * p[1] > 0.3 ? 1 : 0)];
        var kernel = Linear(x);
        int[] all = [.. Enumerable.Range(0, 120)];

        Assert.Equal(1, KernelSvm.Fit(kernel, y, all, c: 1e4).Accuracy(kernel, y, all));
        Assert.True(KernelSvm.Fit(kernel, y, all, c: 0.01).SupportVectors > KernelSvm.Fit(kernel, y, all, c: 100).SupportVectors);
    }

    [Fact]
    public void Three_classes_vote()
    {
        var random = new Random(2);
        double[][] x = [.. Enumerable.Range(0, 90).Select(i => new[] { i % 3 * 2.0 + random.NextDouble(), Math.Pow(i % 3 - 1, 2) + random.NextDouble(), 1 })];
        int[] y = [.. Enumerable.Range(0, 90).Select(i => i % 3)];
        var kernel = Linear(x);
        int[] train = [.. Enumerable.Range(0, 60)], test = [.. Enumerable.Range(60, 30)];

        Assert.Equal(1, KernelSvm.Fit(kernel, y, train, c: 10).Accuracy(kernel, y, test));
    }

    [Fact]
    public void One_class_alone_and_a_kernel_of_another_size_are_refused()
    {
        Assert.Contains("two to part", Assert.Throws<ArgumentException>(() => KernelSvm.Fit(Linear([[1], [2]]), [1, 1], [0, 1])).Message);
        Assert.Contains("[3, 3]", Assert.Throws<ArgumentException>(() => KernelSvm.Fit(Linear([[1], [2]]), [1, 1, 0], [0, 1])).Message);
    }
}
