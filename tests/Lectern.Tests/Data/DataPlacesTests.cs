using Lectern.Data;

namespace Lectern.Tests.Data;

public sealed class DataPlacesTests
{
    [Fact]
    public void LECTERN_CACHE_goes_before_the_desktops_cache_folder()
    {
        var places = From(("LECTERN_CACHE", "/a/b c"), ("XDG_CACHE_HOME", "/x"));

        Assert.Equal(Path.GetFullPath("/a/b c"), places.Cache);
    }

    [Fact]
    public void Given_only_XDG_CACHE_HOME_then_the_cache_is_a_folder_of_ours_in_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no XDG folders");

        Assert.Equal("/x/lectern", From(("XDG_CACHE_HOME", "/x")).Cache);
        Assert.EndsWith("lectern", From(("XDG_CACHE_HOME", "not/absolute")).Cache);
        Assert.DoesNotContain("not/absolute", From(("XDG_CACHE_HOME", "not/absolute")).Cache);
    }

    [Fact]
    public void A_mirror_is_an_address_or_a_folder()
    {
        Assert.Equal("https://host/data", From(("LECTERN_MIRROR", "https://host/data/")).MirrorAddress);
        Assert.Null(From(("LECTERN_MIRROR", "https://host/data/")).MirrorFolder);
        Assert.Equal(Path.GetFullPath("../shared"), From(("LECTERN_MIRROR", "../shared")).MirrorFolder);
        Assert.Null(From(("LECTERN_MIRROR", "../shared")).MirrorAddress);
        Assert.Null(From(("LECTERN_MIRROR", "")).Mirror);
    }

    [Fact]
    public void Shipped_data_lies_beside_the_library() =>
        Assert.True(File.Exists(Path.Combine(From().Shipped, "catalog.json")));

    private static DataPlaces From(params (string Name, string Value)[] variables) =>
        DataPlaces.From(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
