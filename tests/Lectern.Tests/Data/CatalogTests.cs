using Lectern.Data;

namespace Lectern.Tests.Data;

public sealed class CatalogTests
{
    [Fact]
    public void Every_set_says_what_it_is_whose_it_is_and_where_it_comes_from()
    {
        Assert.All(Catalog.All, set =>
        {
            Assert.All(
                [set.Title, set.Loader, set.Licence, set.Citation, set.Home], text => Assert.NotEmpty(text));
            Assert.NotEmpty(set.Statistics);
            Assert.NotEmpty(set.Files);
        });
        Assert.Equal(
            ["karate", "countries", "cora", "citeseer"], Catalog.All.Select(set => set.Name).Take(4));
    }

    [Fact]
    public void What_is_not_fetched_ships_and_is_what_the_catalogue_declares()
    {
        var shipped = DataPlaces.FromEnvironment().Shipped;
        Assert.All(
            Catalog.All.Where(set => set.Archive is null).SelectMany(set => set.Files)
                .Where(file => file.Address is null),
            file => Assert.Null(DataStore.Fault(file, file.Under(shipped))));
    }

    // The whole of COCO is too large to mirror, and its address has no revision: the SHA-256 fixes what it is.
    private static IEnumerable<DataSet> ButTheLargest =>
        Catalog.All.Where(set => !set.Name.StartsWith("coco-2017"));

    [Fact]
    public void Addresses_are_secure_and_name_a_fixed_revision() =>
        Assert.All(
            ButTheLargest.SelectMany(set => set.Files.Append(set.Archive))
                .OfType<DataFile>().Where(file => file.Address is not null),
            file => Assert.Matches("^https://.*/[0-9a-f]{40}/", file.Address));

    [Fact]
    public void The_mirror_has_the_files_that_the_catalogue_declares()
    {
        var mirror = TestData.RequireMirror();
        Assert.All(
            ButTheLargest.SelectMany(set => set.Files.Where(
                file => file.Address is not null || set.Archive is not null)),
            file => Assert.Null(DataStore.Fault(file, file.Under(mirror))));
    }

    [Theory]
    [InlineData("{}", "no sets")]
    [InlineData("[1,", "no JSON")]
    [InlineData("""{"sets":[{"name":"a","files":[{"path":"../a","bytes":1,"sha256":"x"}]}]}""", "'../a'")]
    [InlineData("""{"sets":[{"name":"a","files":[{"path":"/a","bytes":1,"sha256":"x"}]}]}""", "'/a'")]
    [InlineData("""{"sets":[{"name":"a","files":[{"path":"a","bytes":1,"sha256":"x"}]}]}""", "SHA-256")]
    [InlineData("""{"sets":[{"name":"a","files":[]},{"name":"A","files":[]}]}""", "twice")]
    public void A_catalogue_that_is_wrong_is_refused_with_the_reason(string json, string reason)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, json);
            Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Catalog.Load(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
