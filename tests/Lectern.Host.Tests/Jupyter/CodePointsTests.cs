using Lectern.Host.Jupyter;

namespace Lectern.Host.Tests.Jupyter;

public class CodePointsTests
{
    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("abc", 2, 2)]
    [InlineData("𝄞bc", 1, 2)]
    [InlineData("a𝄞c", 3, 4)]
    [InlineData("\ud834 ", 1, 1)]
    public void A_place_is_the_same_place_either_way(string text, int codePoints, int index)
    {
        Assert.Equal(index, CodePoints.ToIndex(text, codePoints));
        Assert.Equal(codePoints, CodePoints.FromIndex(text, index));
    }

    [Fact]
    public void A_place_beyond_the_text_is_its_end()
    {
        Assert.Equal(4, CodePoints.ToIndex("a𝄞c", 99));
        Assert.Equal(0, CodePoints.ToIndex("abc", -1));
        Assert.Equal(3, CodePoints.FromIndex("a𝄞c", 99));
    }
}
