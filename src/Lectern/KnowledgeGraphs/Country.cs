namespace Lectern.KnowledgeGraphs;

/// <summary>One line of the table of countries and territories that ships with the kit.</summary>
/// <param name="Code">ISO 3166-1's three letters.</param>
/// <param name="Name">The common name in English.</param>
/// <param name="Capitals">Its capitals; none for a few territories, three for South Africa.</param>
/// <param name="Region">The part of the world, such as Europe.</param>
/// <param name="Subregion">The part of the region, such as Western Europe; empty for a few
/// territories.</param>
/// <param name="Independent">Whether it is a sovereign state.</param>
/// <param name="UnMember">Whether it is a member of the United Nations.</param>
/// <param name="Landlocked">Whether it has no coast.</param>
/// <param name="Latitude">Of its middle, in degrees, north positive.</param>
/// <param name="Longitude">Of its middle, in degrees, east positive.</param>
/// <param name="Area">In km²; null where the source has none.</param>
/// <param name="Borders">The codes of the countries that it has a land border with.</param>
/// <param name="Languages">The official languages, in English.</param>
/// <param name="Currencies">The currencies' ISO 4217 codes.</param>
public sealed record Country(
    string Code,
    string Name,
    IReadOnlyList<string> Capitals,
    string Region,
    string Subregion,
    bool Independent,
    bool UnMember,
    bool Landlocked,
    double Latitude,
    double Longitude,
    double? Area,
    IReadOnlyList<string> Borders,
    IReadOnlyList<string> Languages,
    IReadOnlyList<string> Currencies);
