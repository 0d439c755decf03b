using Lectern.Tests.Vision;
using Lectern.Training;

namespace Lectern.Tests.Training;

public sealed class LinearSvmTests
{
    [Fact]
    public void Two_points_are_parted_in_the_middle_with_the_widest_margin()
    {
        // Without cost of the bias: w = (1/2, 0), bias -1/2, as the points are 4 apart along the first axis.
        var svm = LinearSvm.Fit(
            tensor(new float[,] { { 3, 1 }, { -1, 1 } }), [true, false], c: 100, constant: 100, tolerance: 1e-6,
            passes: 100_000);
        Assert.Equal(0.5, svm.Weight[0], 1e-3);
        Assert.Equal(0, svm.Weight[1], 1e-3);
        Assert.Equal(-0.5, svm.Bias, 1e-3);
        Assert.Equal([1, -1], svm.Scores(tensor(new double[,] { { 3, 1 }, { -1, 1 } })).data<double>().ToArray()
            .Select(score => Math.Round(score, 2)));
    }

    [Theory]
    [InlineData(2, 0.3, 1)]
    [InlineData(19, 0.01, 2)]
    public void Examples_meet_the_conditions_of_the_best_machine(int width, double c, double positiveWeight)
    {
        int count = 120;
        double[] u = Formula.Uniform("svm", count * (width + 1));
        bool[] positive = [.. Enumerable.Range(0, count)
            .Select(i => u[i * (width + 1)] + 0.5 * u[i * (width + 1) + width] > 0.8)];
        float[] rows = [.. Enumerable.Range(0, count).SelectMany(i =>
            Enumerable.Range(0, width).Select(j => (float)(4 * u[i * (width + 1) + j] - 2)))];
        var x = tensor(rows, [count, width]);
        var svm = LinearSvm.Fit(x, positive, c, positiveWeight, constant: 10, tolerance: 1e-5, passes: 100_000);
        double[] scores = [.. svm.Scores(x.to(float64)).data<double>()];
        double[] w = [.. Enumerable.Range(0, width).Select(j => Enumerable.Range(0, count).Sum(i =>
            svm.Coefficients[i] * (positive[i] ? 1 : -1) * rows[i * width + j]))];
        for (int j = 0; j < width; j++) Assert.Equal(w[j], svm.Weight[j], 1e-6);
        double signed = Enumerable.Range(0, count).Sum(i => svm.Coefficients[i] * (positive[i] ? 1 : -1));
        Assert.Equal(100 * signed, svm.Bias, 1e-6);
        var seen = new HashSet<string>();
        for (int i = 0; i < count; i++)
        {
            double margin = (positive[i] ? 1 : -1) * scores[i], alpha = svm.Coefficients[i],
                limit = positive[i] ? c * positiveWeight : c;
            Assert.InRange(alpha, 0, limit);
            if (alpha == 0) Assert.True(margin >= 1 - 1e-4, $"{margin}");
            else if (alpha == limit) Assert.True(margin <= 1 + 1e-4, $"{margin}");
            else Assert.Equal(1, margin, 1e-4);
            seen.Add(alpha == 0 ? "away" : alpha == limit ? "within" : "on");
        }
        Assert.Equal(3, seen.Count);
        // The primal and the dual meet.
        double primal = (w.Sum(v => v * v) + Math.Pow(svm.Bias / 10, 2)) / 2 + Enumerable.Range(0, count).Sum(i =>
            (positive[i] ? c * positiveWeight : c) * Math.Max(0, 1 - (positive[i] ? 1 : -1) * scores[i]));
        double dual = svm.Coefficients.Sum() - (w.Sum(v => v * v) + Math.Pow(svm.Bias / 10, 2)) / 2;
        Assert.Equal(primal, dual, 1e-3 * primal);
    }

    [Fact]
    public void One_kind_alone_and_other_shapes_are_refused()
    {
        Assert.Contains("one of each",
            Assert.Throws<ArgumentException>(() => LinearSvm.Fit(zeros(2, 3), [true, true])).Message);
        Assert.Contains("[2, 3] and 1",
            Assert.Throws<ArgumentException>(() => LinearSvm.Fit(zeros(2, 3), [true])).Message);
    }
}
