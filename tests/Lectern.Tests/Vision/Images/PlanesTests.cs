using Lectern.Vision;

namespace Lectern.Tests.Vision;

/// <summary>Planes of another size, and what is no picture.</summary>
public sealed class PlanesTests
{
    [Fact]
    public void Masks_stay_masks_and_pictures_are_mixed()
    {
        using var scope = NewDisposeScope();
        var planes = tensor([0f, 1, 1, 0], [1, 2, 2]);
        // Centres of the new pixels lie at -1/4, 1/4, 3/4 and 5/4 of the old ones: by hand for the first row.
        Assert.Equal([0f, 0.25f, 0.75f, 1], Images.Resize(planes, 4, 4)[0, 0].data<float>());
        Assert.Equal([0f, 0, 1, 1], Images.Resize(planes, 4, 4, InterpolationMode.Nearest)[0, 0].data<float>());
        Assert.Equal([0L, 3, 5], Images.Resize(zeros(0, 2, 2), 3, 5).shape);
    }

    [Fact]
    public void What_is_no_picture_is_told()
    {
        using var scope = NewDisposeScope();
        var bytes = zeros([3, 4, 5], ScalarType.Byte);
        Images.Require(bytes, floating: false);
        Images.Require(zeros(3, 4, 5));
        Assert.Contains("floating from 0 to 1; given was Byte [3, 4, 5]", Assert.Throws<ArgumentException>("picture", () => Images.Require(bytes)).Message);
        foreach (var other in new[] { zeros(1, 4, 5), zeros(3, 0, 5), zeros(4, 5) })
            Assert.Throws<ArgumentException>("picture", () => Images.Require(other, floating: false));
    }
}
