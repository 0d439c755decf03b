using System.Globalization;
using Lectern.Data;

namespace Lectern.KnowledgeGraphs;

/// <summary>
/// The countries of the world, as a table and as a knowledge graph; both ship with the kit.
/// </summary>
/// <remarks>
/// <para>Relations: <c>neighbor</c> (country → country, both ways), <c>locatedIn</c> (country → subregion and
/// region, subregion → region), <c>hasCapital</c> (country → city), <c>speaks</c> (country → language),
/// <c>usesCurrency</c> (country → currency). Numbers: <c>area</c> in km², <c>latitude</c> and
/// <c>longitude</c> in degrees.</para>
/// <para>An entity that is no country and has a country's name gets its kind in brackets: <c>Micronesia
/// (region)</c>, <c>Monaco (city)</c>; cities of one name get their country: <c>Kingston
/// (Jamaica)</c>.</para>
/// <para>Source: mledoze/countries 5.1.0, Open Database License 1.0; see data/countries/LICENSE.md.</para>
/// </remarks>
public static class Countries
{
    private const string Heading =
        "code name capitals region subregion independent un_member landlocked latitude longitude area "
        + "borders languages currencies";

    /// <summary>The table, ordered by code.</summary>
    /// <exception cref="InvalidDataException">The file is not the table that ships.</exception>
    public static IReadOnlyList<Country> Table() => Read(Catalog.Require("countries")["countries.tsv"]);

    /// <summary>The knowledge graph of the table.</summary>
    public static KnowledgeGraph Graph() => Graph(Table());

    /// <summary>
    /// The knowledge graph of a table, or of a part of it; borders with countries outside it are left out.
    /// </summary>
    /// <param name="countries">The countries.</param>
    public static KnowledgeGraph Graph(IReadOnlyList<Country> countries)
    {
        ArgumentNullException.ThrowIfNull(countries);
        var graph = new KnowledgeGraph();
        var ids = countries.ToDictionary(
            country => country.Code, country => graph.AddEntity(country.Name, "country"));
        var names = countries.Select(country => country.Name).ToHashSet();
        var shared = countries
            .SelectMany(country => country.Capitals)
            .GroupBy(city => city)
            .Where(group => group.Count() > 1)
            .Select(group => group.Key)
            .ToHashSet();
        foreach (var country in countries)
        {
            var id = ids[country.Code];
            foreach (var other in country.Borders.Where(ids.ContainsKey))
            {
                graph.Add(id, "neighbor", ids[other]);
            }
            var region = Other(country.Region, "region");
            graph.Add(id, "locatedIn", region);
            if (country.Subregion.Length > 0)
            {
                var subregion = Other(country.Subregion, "region");
                graph.Add(id, "locatedIn", subregion);
                graph.Add(subregion, "locatedIn", region);
            }
            foreach (var city in country.Capitals)
            {
                graph.Add(id, "hasCapital", shared.Contains(city)
                    ? graph.AddEntity($"{city} ({country.Name})", "city")
                    : Other(city, "city"));
            }
            foreach (var language in country.Languages)
            {
                graph.Add(id, "speaks", Other(language, "language"));
            }
            foreach (var currency in country.Currencies)
            {
                graph.Add(id, "usesCurrency", Other(currency, "currency"));
            }
            graph.Add(id, "latitude", country.Latitude);
            graph.Add(id, "longitude", country.Longitude);
            if (country.Area is { } area)
            {
                graph.Add(id, "area", area);
            }
        }
        return graph;

        int Other(string name, string kind) =>
            graph.AddEntity(names.Contains(name) ? $"{name} ({kind})" : name, kind);
    }

    internal static IReadOnlyList<Country> Read(string path)
    {
        var lines = File.ReadLines(path).Where(line => !line.StartsWith('#')).ToList();
        if (lines.Count == 0 || lines[0].Replace('\t', ' ') != Heading)
        {
            throw new InvalidDataException($"'{path}' does not begin with the columns '{Heading}'.");
        }
        return [.. lines.Skip(1).Select(line => Parse(path, line))];
    }

    private static Country Parse(string path, string line)
    {
        if (line.Split('\t') is not
            [
                var code, var name, var capitals, var region, var subregion, var independent, var member,
                var landlocked, var latitude, var longitude, var area, var borders, var languages, var currencies,
            ])
        {
            throw new InvalidDataException($"'{path}' has a line that does not fill its 14 columns: '{line}'.");
        }
        return new Country(
            code, name, List(capitals), region, subregion,
            independent == "yes", member == "yes", landlocked == "yes",
            Number(latitude), Number(longitude), area.Length > 0 ? Number(area) : null,
            List(borders), List(languages), List(currencies));

        double Number(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidDataException($"'{path}' has '{text}' for {name}, where a number is needed.");
    }

    private static string[] List(string field) => field.Split(';', StringSplitOptions.RemoveEmptyEntries);
}
