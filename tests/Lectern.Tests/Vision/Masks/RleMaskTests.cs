using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class RleMaskTests
{
    internal static Tensor Table(params string[] rows)
    {
        int width = rows[0].Length;
        return tensor(string.Concat(rows).Select(pixel => pixel != '.').ToArray(), [rows.Length, width]);
    }

    /// <summary>Pixels drawn at random, in runs of some length.</summary>
    internal static Tensor Random(int height, int width, int seed)
    {
        var random = new Random(seed);
        double change = random.NextDouble();
        bool inside = false;
        bool[] pixels = new bool[height * width];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = inside ^= random.NextDouble() < change;
        return tensor(pixels, [width, height]).t();
    }

    private static bool Same(Tensor a, Tensor b) =>
        a.shape.SequenceEqual(b.shape) && (a == b).all().item<bool>();

    [Fact]
    public void Hand_cases()
    {
        using var scope = NewDisposeScope();
        var centre = RleMask.Of(Table("...", ".#.", "..."));
        Assert.Equal([4, 1, 4], centre.Runs.ToArray());
        Assert.Equal("414", centre.ToString());
        Assert.Equal((1, 1, 2, 2), centre.Bounds);
        var full = RleMask.Of(ones(2, 2));
        Assert.Equal([0, 4], full.Runs.ToArray());
        Assert.Equal("04", full.ToString());
        Assert.Equal("T3", RleMask.Of(zeros(10, 10)).ToString());                       // 100 pixels
        // Columns first: the left column is the first two pixels.
        Assert.Equal([0, 2, 4], RleMask.Of(Table("#..", "#..")).Runs.ToArray());
        Assert.Equal([2, 1, 3], RleMask.Of(Table(".#.", "...")).Runs.ToArray());
    }

    [Fact]
    public void Random_masks_come_back_from_runs_and_text_with_their_area_and_bounds()
    {
        using var scope = NewDisposeScope();
        for (int seed = 0; seed < 60; seed++)
        {
            var table = Random(1 + seed % 13, 1 + seed % 7, seed);
            var mask = RleMask.Of(table);
            Assert.True(Same(table, mask.ToTensor()));
            Assert.Equal(table.sum().item<long>(), mask.Area);
            var again = RleMask.Parse(mask.Height, mask.Width, mask.ToString());
            Assert.Equal(mask.Runs.ToArray(), again.Runs.ToArray());
            var places = table.nonzero();
            var (low, high) = mask.Area == 0
                ? ([-0L, 0], [-1L, -1])
                : (places.amin([0]).data<long>().ToArray(), places.amax([0]).data<long>().ToArray());
            Assert.Equal(((int)low[1], (int)low[0], (int)high[1] + 1, (int)high[0] + 1), mask.Bounds);
        }
    }

    [Fact]
    public void A_mask_of_another_size_has_the_nearest_pixels()
    {
        using var scope = NewDisposeScope();
        for (int seed = 0; seed < 60; seed++)
        {
            int height = 1 + seed % 13, width = 1 + seed % 7, rows = 1 + seed * 5 % 17, columns = 1 + seed * 3 % 11;
            var table = Random(height, width, seed);
            long[] Nearest(int count, int of) =>
                [.. Enumerable.Range(0, count).Select(i => (long)((i + 0.5) * of / count))];
            var expected = table.index_select(0, tensor(Nearest(rows, height)))
                .index_select(1, tensor(Nearest(columns, width)));
            var resized = RleMask.Of(table).Resize(rows, columns);
            Assert.True(Same(expected, resized.ToTensor()));
            Assert.Equal(RleMask.Of(expected).Runs.ToArray(), resized.Runs.ToArray());
            Assert.Equal(RleMask.Of(table).Runs.ToArray(), RleMask.Of(table).Resize(height, width).Runs.ToArray());
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => RleMask.FromRuns(1, 1, 1).Resize(0, 1));
    }

    [Fact]
    public void Long_runs_have_texts_of_several_groups()
    {
        int[] runs = [1 << 15, 3, (1 << 20) + 7, 70_000, 1, 2, 100_000];
        int total = runs.Sum();
        var mask = RleMask.FromRuns(total, 1, runs);
        Assert.Equal(runs, RleMask.Parse(total, 1, mask.ToString()).Runs.ToArray());
    }

    [Fact]
    public void Iou_union_and_intersection_are_those_of_the_pixels()
    {
        using var scope = NewDisposeScope();
        for (int seed = 0; seed < 60; seed++)
        {
            var (a, b) = (Random(9, 11, 2 * seed), Random(9, 11, 2 * seed + 1));
            var (first, second) = (RleMask.Of(a), RleMask.Of(b));
            double both = a.logical_and(b).sum().item<long>(), any = a.logical_or(b).sum().item<long>();
            Assert.Equal(any == 0 ? 0 : both / any, first.Iou(second));
            Assert.Equal(first.Area == 0 ? 0 : both / first.Area, first.Iou(second, crowd: true));
            Assert.True(Same(a.logical_or(b), RleMask.Union(first, second).ToTensor()));
            Assert.True(Same(a.logical_and(b), RleMask.Intersection(first, second).ToTensor()));
            Assert.True(Same(a, RleMask.Union(first).ToTensor()));
        }
    }

    [Fact]
    public void Tables_of_several_masks()
    {
        using var scope = NewDisposeScope();
        var tables = stack([Random(5, 4, 1), Random(5, 4, 2), zeros(5, 4).to(ScalarType.Bool)]);
        var masks = RleMask.OfEach(tables);
        Assert.True(Same(tables, RleMask.ToTensor(masks, 5, 4)));
        Assert.Equal([0L, 5, 4], RleMask.ToTensor([], 5, 4).shape);
        Assert.True(Same(tables[0], RleMask.Of(tables[0].to(float32) * 0.25f).ToTensor()));
    }

    [Fact]
    public void Runs_of_no_pixels_are_joined()
    {
        Assert.Equal([5, 4], RleMask.FromRuns(3, 3, 2, 0, 3, 4, 0).Runs.ToArray());
        Assert.Equal([9], RleMask.FromRuns(3, 3, 0, 0, 9).Runs.ToArray());
        Assert.Equal([0, 9], RleMask.FromRuns(3, 3, 0, 4, 0, 5).Runs.ToArray());
    }

    [Theory]
    [InlineData(new[] { 4, 1 }, "9 pixels together; these were 5")]
    [InlineData(new[] { 4, 10, 2 }, "14 or more")]
    [InlineData(new[] { 4, -1, 6 }, "-1 pixels")]
    public void Runs_that_do_not_fill_the_picture_are_refused(int[] runs, string reason)
    {
        var error = Assert.Throws<InvalidDataException>(() => RleMask.FromRuns(3, 3, runs));
        Assert.Contains(reason, error.Message);
    }

    [Theory]
    [InlineData("T", "end within a number")]
    [InlineData("4 4", "' '")]
    [InlineData("O4", "-1 pixels")]
    [InlineData("42", "9 pixels")]
    public void Texts_that_are_none_are_refused(string text, string reason)
    {
        var error = Assert.Throws<InvalidDataException>(() => RleMask.Parse(3, 3, text));
        Assert.Contains(reason, error.Message);
    }

    [Fact]
    public void Masks_of_two_sizes_are_refused()
    {
        var (a, b) = (RleMask.FromRuns(3, 3, 9), RleMask.FromRuns(3, 2, 6));
        Assert.Contains("3×2", Assert.Throws<ArgumentException>(() => a.Iou(b)).Message);
        Assert.Throws<ArgumentException>(() => RleMask.Union(a, b));
        Assert.Throws<ArgumentException>(() => RleMask.ToTensor([a, b], 3, 3));
        Assert.Throws<ArgumentException>(() => RleMask.Union());
    }
}
