using Lectern.Tests.Vision;
using Lectern.Training;

namespace Lectern.Tests.Training;

public sealed class RegressionForestTests
{
    private static (float[][] X, float[] Y) Rows(string name, int count)
    {
        double[] u = Formula.Uniform(name, 4 * count);
        float[][] x = [.. Enumerable.Range(0, count)
            .Select(i => u.AsSpan(4 * i, 4).ToArray().Select(v => (float)v).ToArray())];
        // A step, a slope, an interplay, and a column that says nothing.
        return (x, [.. x.Select(row => (row[0] > 0.5f ? 1 : 0) + row[1] + (row[0] > 0.5f ? 0 : row[2]))]);
    }

    [Fact]
    public void A_function_of_a_few_columns_is_learned()
    {
        var (x, y) = Rows("train", 1500);
        var forest = RegressionForest.Fit(x, y, count: 20);
        (x, y) = Rows("test", 300);
        double mean = y.Average(), spread = y.Average(v => (v - mean) * (v - mean));
        double error = x.Select((row, i) => Math.Pow(forest.Predict(row) - y[i], 2)).Average();
        Assert.True(error < 0.05 * spread, $"The squared error is {error:g3}, the spread {spread:g3}.");
    }

    [Fact]
    public void Rows_without_a_column_to_part_them_give_their_mean()
    {
        var forest = RegressionForest.Fit([[1f], [1f], [1f], [1f]], [1f, 3f, 1f, 3f], count: 200, leaf: 1);
        Assert.InRange(forest.Predict([7f]), 1.8, 2.2);
        // One column that parts them: trees whose draw has both sides are exact.
        forest = RegressionForest.Fit([[0f], [0f], [1f], [1f]], [1f, 1f, 3f, 3f], count: 200, leaf: 1);
        Assert.InRange(forest.Predict([0f]), 1, 1.25);
        Assert.InRange(forest.Predict([1f]), 2.75, 3);
    }

    [Fact]
    public void The_seed_decides()
    {
        var (x, y) = Rows("seeds", 200);
        double Of(int seed) => RegressionForest.Fit(x, y, count: 3, seed: seed).Predict([0.3f, 0.4f, 0.5f, 0.6f]);
        Assert.Equal(Of(1), Of(1));
        Assert.NotEqual(Of(1), Of(2));
    }

    [Fact]
    public void A_value_a_row_is_asked_for() =>
        Assert.Throws<ArgumentException>(() => RegressionForest.Fit([[1f], [2f]], [1f]));
}
