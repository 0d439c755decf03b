using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class ContoursTests
{
    [Fact]
    public void An_even_picture_has_no_contours()
    {
        var map = Contours.Of(full(3, 12, 15, 0.3f));
        Assert.Equal(0, map.Maximum().Max(), 1e-5);
    }

    [Fact]
    public void A_step_is_strongest_beside_it_and_in_its_own_direction()
    {
        var picture = zeros(3, 16, 20);
        picture[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(10)] = tensor(1f);
        var map = Contours.Of(picture);
        float[] strengths = map.Maximum();
        for (int x = 0; x < 20; x++)
        {
            // The larger disc reaches 6 pixels.
            if (x is < 4 or > 15) Assert.Equal(0, strengths[8 * 20 + x], 1e-5);
            else if (x is not (9 or 10)) Assert.True(strengths[8 * 20 + x] < strengths[8 * 20 + 9]);
        }
        // Upright is number 4 of 8; black against white is a third of it, the two colours being one.
        Assert.Equal(strengths[8 * 20 + 9], map.At(8 * 20 + 9, Math.PI / 2), 1e-6);
        Assert.InRange(strengths[8 * 20 + 9], 0.22f, 1f / 3);
        Assert.True(map.At(8 * 20 + 9, 0) < 0.02);
        // Half a turn is the same line.
        Assert.Equal(map.At(8 * 20 + 9, 0.7), map.At(8 * 20 + 9, 0.7 + Math.PI), 1e-6);
    }

    [Fact]
    public void Sectors_that_move_give_what_counting_each_half_gives()
    {
        var picture = Formula.Picture("contours", 14, 17);
        var settings = new ContourSettings { Radii = [4], Orientations = 6, Bins = 5 };
        var map = Contours.Of(picture, settings);
        float[] lab = Contours.Lab(picture);
        foreach (var (y, x) in new[] { (7, 8), (0, 0), (13, 5), (3, 16) })
            for (int o = 0; o < 6; o++)
            {
                double sum = 0;
                for (int c = 0; c < 3; c++)
                {
                    double[][] halves = [new double[5], new double[5]];
                    for (int v = 0; v < 14; v++)
                        for (int u = 0; u < 17; u++)
                        {
                            int dy = v - y, dx = u - x;
                            if (dy * dy + dx * dx is 0 or > 16) continue;
                            // Counter-clockwise from the line, in parts of a whole turn.
                            double turn = (Math.Atan2(-dy, dx) - o * Math.PI / 6) / (2 * Math.PI) + 1 + 1e-9;
                            double place = lab[(c * 14 + v) * 17 + u] * 4;
                            for (int bin = 0; bin < 5; bin++)
                                halves[turn % 1 < 0.5 ? 0 : 1][bin] += Math.Max(0, 1 - Math.Abs(place - bin));
                        }
                    var (first, second) = (halves[0].Sum(), halves[1].Sum());
                    if (first * second == 0) continue;
                    for (int bin = 0; bin < 5; bin++)
                    {
                        double g = halves[0][bin] / first, h = halves[1][bin] / second;
                        if (g + h > 0) sum += 0.5 * (g - h) * (g - h) / (g + h);
                    }
                }
                Assert.Equal(sum / 3, map.At(y * 17 + x, o * Math.PI / 6), 1e-4);
            }
    }

    [Theory]
    [InlineData(1, 1, 1, 100, 0, 0)]
    [InlineData(0, 0, 0, 0, 0, 0)]
    [InlineData(1, 0, 0, 53.24, 80.09, 67.20)]                          // the screen's red
    [InlineData(1, 1, 0, 97.14, -21.55, 94.48)]                         // and its yellow
    public void Colours_are_the_standard_ones(double r, double g, double b, double l, double a, double bb)
    {
        float[] lab = Contours.Lab(tensor(new[] { (float)r, (float)g, (float)b }).view(3, 1, 1));
        Assert.Equal(l, 100 * lab[0], 0.05);
        Assert.Equal(a, 168 * lab[1] - 73, 0.05);
        Assert.Equal(bb, 168 * lab[2] - 73, 0.05);
    }

    [Fact]
    public void What_is_no_picture_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => Contours.Of(zeros(1, 4, 5)));
        Assert.Contains("given was Float32 [1, 4, 5]", error.Message);
        Assert.Throws<ArgumentException>(() => Contours.Of(zeros(3, 4, 5), new ContourSettings { Radii = [] }));
    }
}
