using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class ParetoSizesTests
{
    [Fact]
    public void The_front_of_two_lists_is_found_by_hand()
    {
        // Two objects in one picture. The first list finds the first object at once, the second list the other.
        float[,] first = { { 0.8f, 0, 0.9f }, { 0, 0.1f, 0 } }, second = { { 0, 0 }, { 0.3f, 0.7f } };
        var front = ParetoSizes.Learn([[first], [second]]);
        Assert.Equal(["0 0", "1 0", "1 1", "1 2", "3 2"], front.Select(one => string.Join(" ", one.Sizes)));
        Assert.Equal([0, 1, 2, 3, 5], front.Select(one => one.Candidates));
        Assert.Equal([0, 0.4, 0.55, 0.75, 0.8], front.Select(one => Math.Round(one.Quality, 6)));
    }

    [Fact]
    public void Two_lists_of_any_overlaps_have_the_front_that_trying_all_sizes_gives()
    {
        float[,] Table(string name, int objects, int candidates)
        {
            double[] values = Formula.Uniform(name, objects * candidates);
            float[,] table = new float[objects, candidates];
            for (int i = 0; i < values.Length; i++)
                table[i / candidates, i % candidates] = (float)(values[i] * values[i]);
            return table;
        }
        // Pictures have lists of different lengths.
        List<float[,]> first = [Table("a", 3, 7), Table("b", 2, 4)], second = [Table("c", 3, 6), Table("d", 2, 8)];
        var all = new List<(int, int, double Count, double Quality)>();
        for (int m = 0; m <= 7; m++)
            for (int n = 0; n <= 8; n++)
                all.Add((m, n, (Math.Min(m, 7) + Math.Min(m, 4) + Math.Min(n, 6) + Math.Min(n, 8)) / 2.0,
                    Enumerable.Range(0, 5).Average(o =>
                    {
                        var (picture, own) = (o < 3 ? 0 : 1, o < 3 ? o : o - 3);
                        float Best(float[,] table, int size) => Enumerable.Range(0, Math.Min(size, table.GetLength(1)))
                            .Select(c => table[own, c]).DefaultIfEmpty(0).Max();
                        return (double)Math.Max(Best(first[picture], m), Best(second[picture], n));
                    })));
        var expected = all.Where(one => !all.Any(other =>
                (other.Count <= one.Count && other.Quality > one.Quality + 1e-6)
                || (other.Count < one.Count && other.Quality >= one.Quality - 1e-6)))
            .Select(one => (one.Count, Math.Round(one.Quality, 5))).Distinct().Order();
        var front = ParetoSizes.Learn([first, second], samples: 100);
        Assert.Equal(expected, front.Select(one => (one.Candidates, Math.Round(one.Quality, 5))));
    }

    [Fact]
    public void Few_samples_give_a_front_of_no_more_choices_that_rises()
    {
        var lists = Enumerable.Range(0, 4).Select(list =>
        {
            float[,] table = new float[6, 300];
            double[] values = Formula.Uniform($"list {list}", 1800);
            for (int i = 0; i < 1800; i++) table[i / 300, i % 300] = (float)values[i];
            return (IReadOnlyList<float[,]>)[table];
        }).ToArray();
        var front = ParetoSizes.Learn(lists, samples: 6);
        Assert.InRange(front.Count, 2, 6);
        for (int i = 1; i < front.Count; i++)
        {
            Assert.True(front[i].Candidates > front[i - 1].Candidates);
            Assert.True(front[i].Quality > front[i - 1].Quality);
        }
        Assert.All(front, one => Assert.Equal(4, one.Sizes.Count));
    }

    [Fact]
    public void Lists_of_other_pictures_are_refused() =>
        Assert.Throws<ArgumentException>(() => ParetoSizes.Learn([[new float[1, 1]], []]));
}
