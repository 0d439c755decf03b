using Lectern.Data;
using Lectern.KnowledgeGraphs;

namespace Lectern.Tests.KnowledgeGraphs;

public sealed class CountriesTests
{
    private static readonly IReadOnlyList<Country> Table = Countries.Table();
    private static readonly KnowledgeGraph Graph = Countries.Graph(Table);

    [Fact]
    public void The_table_has_what_the_catalogue_counts()
    {
        var counts = Catalog.Find("countries").Statistics;

        Assert.Equal(counts["countries"], Table.Count);
        Assert.Equal(2 * counts["borders"], Table.Sum(country => country.Borders.Count));
        Assert.Equal(Table.Count, Table.Select(country => country.Code).Distinct().Count());
        Assert.Equal(Table.Count, Table.Select(country => country.Name).Distinct().Count());
        Assert.Equal(193, Table.Count(country => country.UnMember));
    }

    [Fact]
    public void A_border_has_two_sides_and_no_country_borders_itself()
    {
        var byCode = Table.ToDictionary(country => country.Code);

        Assert.All(Table, country => Assert.All(
            country.Borders, other => Assert.Contains(country.Code, byCode[other].Borders)));
        Assert.All(Table, country => Assert.DoesNotContain(country.Code, country.Borders));
    }

    [Fact]
    public void Known_facts_are_there()
    {
        Assert.True(Graph.Has("France", "neighbor", "Spain"));
        Assert.True(Graph.Has("Spain", "neighbor", "France"));
        Assert.False(Graph.Has("France", "neighbor", "Portugal"));
        Assert.Empty(Graph.Tails("Japan", "neighbor"));
        Assert.Equal(["Western Europe", "Europe"], Graph.Tails("France", "locatedIn").Reverse());
        Assert.True(Graph.Has("Western Europe", "locatedIn", "Europe"));
        Assert.Equal(["Tokyo"], Graph.Tails("Japan", "hasCapital"));
        Assert.Equal(3, Graph.Tails("South Africa", "hasCapital").Count);
        Assert.Equal(["French", "German", "Luxembourgish"], Graph.Tails("Luxembourg", "speaks").Order());
        Assert.Equal(["CHF"], Graph.Tails("Switzerland", "usesCurrency"));
    }

    [Fact]
    public void Entities_of_one_name_are_told_apart()
    {
        Assert.True(Graph.Has("Monaco", "hasCapital", "Monaco (city)"));
        Assert.True(Graph.Has("Nauru", "locatedIn", "Micronesia (region)"));
        Assert.True(Graph.Has("Zimbabwe", "speaks", "Tonga (language)"));
        Assert.NotEqual(
            Graph.Tails("Jamaica", "hasCapital").Single(), Graph.Tails("Norfolk Island", "hasCapital").Single());
        Assert.Equal("city", Graph.Kinds[Graph.Entity("Monaco (city)")]);
        Assert.Equal("country", Graph.Kinds[Graph.Entity("Monaco")]);
        Assert.Equal(Graph.Entities.Count, Graph.Entities.Distinct().Count());
    }

    [Fact]
    public void Triples_are_distinct_and_name_entities_that_exist()
    {
        Assert.Equal(["hasCapital", "locatedIn", "neighbor", "speaks", "usesCurrency"], Graph.Relations.Order());
        Assert.Equal(Graph.Triples.Count, Graph.Triples.Distinct().Count());
        Assert.All(Graph.Triples, triple => Assert.True(
            triple.Head >= 0 && triple.Head < Graph.Entities.Count && triple.Tail >= 0
            && triple.Tail < Graph.Entities.Count && triple.Relation >= 0 && triple.Relation < Graph.Relations.Count));
        Assert.Equal(648, Graph.Triples.Count(triple => triple.Relation == Graph.Relation("neighbor")));
    }

    [Fact]
    public void Numbers_have_plausible_values_and_no_population_is_made_up()
    {
        double Value(string name, string attribute) =>
            Graph.Numbers.Single(fact => fact.Entity == Graph.Entity(name) && fact.Attribute == attribute).Value;

        Assert.Equal(["area", "latitude", "longitude"], Graph.Numbers.Select(fact => fact.Attribute).Distinct().Order());
        Assert.InRange(Value("France", "area"), 540_000, 660_000);
        Assert.InRange(Value("Japan", "latitude"), 30, 46);
        Assert.InRange(Value("Brazil", "longitude"), -75, -34);
        Assert.All(
            Graph.Numbers.Where(fact => fact.Attribute == "latitude"), fact => Assert.InRange(fact.Value, -90, 90));
    }

    [Fact]
    public void A_part_of_the_table_makes_a_graph_without_the_rest()
    {
        var europe = Countries.Graph([.. Table.Where(country => country.Region == "Europe")]);

        Assert.True(europe.Has("France", "neighbor", "Spain"));
        Assert.Throws<ArgumentException>(() => europe.Entity("Brazil"));
    }

    [Fact]
    public void A_misspelt_entity_is_answered_with_a_near_one() =>
        Assert.Contains("Spain", Assert.Throws<ArgumentException>(() => Graph.Entity("spain")).Message);
}
