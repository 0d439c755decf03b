using Lectern.Training;

namespace Lectern.Tests.Training;

public sealed class SearchSpaceTests
{
    private sealed record Recipe(string Flour = "wheat", double Heat = 0, int Eggs = 0);

    private static readonly SearchSpace<Recipe> Kitchen = new(new(),
    [
        SearchAxis<Recipe>.Choice("flour", ["wheat", "rye", "maize"], (r, v) => r with { Flour = v }),
        SearchAxis<Recipe>.Real("heat", 50, 250, (r, v) => r with { Heat = v }),
        SearchAxis<Recipe>.Whole("eggs", 1, 6, (r, v) => r with { Eggs = v }),
    ]);

    [Fact]
    public void Numbers_become_values_and_each_value_has_its_share()
    {
        Assert.Equal(new Recipe("wheat", 50, 1), Kitchen.At([0, 0, 0]));
        Assert.Equal(new Recipe("maize", 250, 6), Kitchen.At([1, 1, 1]));
        Assert.Equal(new Recipe("rye", 150, 4), Kitchen.At([0.5, 0.5, 0.5]));
        var points = new SobolSequence(3, seed: 1);
        var recipes = Enumerable.Range(0, 384).Select(i => Kitchen.At(points.Point(i))).ToArray();
        Assert.All(recipes.CountBy(r => r.Flour), count => Assert.InRange(count.Value, 120, 136));
        Assert.All(recipes.CountBy(r => r.Eggs), count => Assert.InRange(count.Value, 60, 68));
        Assert.Equal(6, recipes.CountBy(r => r.Eggs).Count());
    }

    [Fact]
    public void Logarithms_are_spread_evenly_where_asked_for()
    {
        var rate = SearchAxis<Recipe>.Real("heat", 1e-4, 1, (r, v) => r with { Heat = v }, log: true);
        Assert.Equal(1e-2, rate.Set(new(), 0.5).Heat, 1e-12);
        var many = SearchAxis<Recipe>.Whole("eggs", 1, 1000, (r, v) => r with { Eggs = v }, log: true);
        int[] drawn = [.. Enumerable.Range(0, 1000).Select(i => many.Set(new(), (i + 0.5) / 1000).Eggs)];
        Assert.Equal((1, 1000), (many.Set(new(), 0).Eggs, many.Set(new(), 1).Eggs));
        Assert.InRange(drawn.Count(v => v <= 31), 480, 520);
    }

    [Fact]
    public void A_snapped_point_means_the_same_and_snaps_to_itself()
    {
        var points = new SobolSequence(3, seed: 2);
        for (int i = 0; i < 100; i++)
        {
            double[] point = points.Point(i), snapped = Kitchen.Snap(point);
            Assert.Equal(Kitchen.At(point), Kitchen.At(snapped));
            Assert.Equal(snapped, Kitchen.Snap(snapped));
        }
        Assert.Equal(Kitchen.Snap([0.01, 0.5, 0.7]), Kitchen.Snap([0.3, 0.5, 0.8]));
    }

    [Fact]
    public void Proposals_find_more_than_as_many_points_spread_evenly()
    {
        static double Taste(Recipe r) =>
            (r.Flour == "rye" ? 1 : 0) - Math.Pow((r.Heat - 190) / 40, 2) - 0.3 * Math.Abs(r.Eggs - 3);
        double Best(int seed, int proposed)
        {
            var sequence = new SobolSequence(3, seed);
            List<double[]> tried = [.. Enumerable.Range(0, 24 - proposed)
                .Select(i => Kitchen.Snap(sequence.Point(i)))];
            List<double> values = [.. tried.Select(point => Taste(Kitchen.At(point)))];
            for (int i = 0; i < proposed; i++)
            {
                tried.Add(Kitchen.Propose(tried, values, seed: i));
                values.Add(Taste(Kitchen.At(tried[^1])));
            }
            return values.Max();
        }
        double even = Enumerable.Range(1, 4).Average(seed => Best(seed, 0));
        double guided = Enumerable.Range(1, 4).Average(seed => Best(seed, 16));
        Assert.True(guided > 0.95 && guided > even + 0.2,
            $"guided {guided:0.000}, even {even:0.000}; at most 1");
    }
}
