using System.Globalization;

namespace Lectern.KnowledgeGraphs;

/// <summary>A question whose answer is found by going from paragraph to paragraph.</summary>
/// <param name="Text">The question.</param>
/// <param name="Path">The paragraphs that lead to the answer, in their order; the last one holds it.</param>
/// <param name="Answers">Its right answers.</param>
public sealed record PathQuestion(string Text, IReadOnlyList<int> Path, IReadOnlyList<string> Answers);

/// <summary>Paragraphs about the world's countries, cities, clubs, currencies, languages and regions, written
/// by rule, and questions about them with one step or two.</summary>
/// <remarks>
/// A country's paragraph names neither its capital nor the words that questions use, so that of the two
/// paragraphs that "What money do people pay with in the land ruled from Abuja?" needs only the city's shares
/// a word with it. Other paragraphs share many: clubs bear the cities' names, currencies are called money.
/// </remarks>
public static class CountryQuestions
{
    private static readonly (string Relation, string[] Asked)[] Facts =
    [
        ("currency", ["What money do people pay with in {0}?", "Which currency is used by {0}?"]),
        ("language", ["Which tongue is official in {0}?", "What language do officials speak in {0}?"]),
        ("area", ["How large is {0}?", "How big is {0}?"]),
        ("part", ["In which part of the world is {0}?", "What corner of the globe is {0} in?"]),
    ];

    private static readonly string[] ByCapital =
        ["the country whose capital is {0}", "the land ruled from {0}"];
    private static readonly string[] ByNeighbour =
        ["the largest neighbour of {0}", "the biggest country that borders {0}"];

    /// <summary>The paragraphs.</summary>
    /// <param name="graph">The knowledge graph of countries.</param>
    /// <param name="seed">Of the wording, and of the cities' partners.</param>
    public static LinkedParagraphs Write(KnowledgeGraph graph, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var random = new Random(seed);
        string One(params string[] ways) => ways[random.Next(ways.Length)];
        var world = new World(graph);
        var paragraphs = new List<Paragraph>();
        void Add(string title, params IEnumerable<string> sentences) =>
            paragraphs.Add(LinkedParagraphs.Parse(
                title, string.Join(' ', sentences.Where(s => s.Length > 0))));

        foreach (string land in world.Countries)
        {
            string Said(string relation, params string[] ways) =>
                world.Answers(land, relation) is { Count: > 0 } answers
                    ? One(ways).Replace("{0}", string.Join(" and ", answers.Select(a => Mention(a)))) : "";
            Add(land, Said("part", "This state belongs to {0}.", "This republic or realm lies in {0}."),
                Said("currency", "Shops take {0}.", "Wages come in {0}.", "The mint strikes {0}."),
                Said("language", "Its laws are written in {0}.", "Schools teach in {0}."),
                Said("area", "It covers {0} square kilometres.",
                    "Its surface measures {0} square kilometres."),
                Said("neighbour", "Beyond the longest frontier lies {0}.", "Travellers often go on to {0}."));
        }
        static string Mention(string answer) => answer.All(char.IsDigit) ? answer : $"[{answer}]";
        string[] cities = [.. world.Countries.SelectMany(world.Capitals)];
        foreach (string land in world.Countries)
        {
            foreach (string city in world.Capitals(land))
            {
                string partner = cities[random.Next(cities.Length)];
                Add(city, One($"Ministers of [{land}] meet here.", $"The parliament of [{land}] sits here."),
                    partner == city ? "" : $"The city has a partnership with [{partner}].");
                Add($"{city} United", $"{Plain(city)} United is a club that plays football in [{city}].",
                    $"{Plain(city)} has cheered for it since {1880 + random.Next(90)}.");
            }
        }
        foreach (string currency in world.All("currency"))
            Add(currency, $"{currency} is a currency.",
                One("People pay with this money.", "This money is used by many people."));
        foreach (string language in world.All("language"))
            Add(language, $"{language} is a language.",
                One("It is the official tongue of some.", "Officials speak this tongue."));
        foreach (string part in world.All("part").Order())
            Add(part, "This part of the world has large and small states.", "It is one corner of the globe.");
        return new LinkedParagraphs(paragraphs);
    }

    /// <summary>The questions: of each country by its name, by its capital and as the largest neighbour of
    /// another.</summary>
    /// <param name="graph">The knowledge graph of countries.</param>
    /// <param name="corpus">The paragraphs.</param>
    /// <param name="testShare">Share of the countries that only test questions are about: of the paragraph
    /// with the answer, nothing was asked in training.</param>
    /// <param name="seed">Of the wording and the split.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not between 0 and 1.</exception>
    public static (IReadOnlyList<PathQuestion> Train, IReadOnlyList<PathQuestion> Test) Ask(
        KnowledgeGraph graph, LinkedParagraphs corpus, double testShare = 0.2, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(corpus);
        if (testShare is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(testShare), testShare, "The share lies between 0 and 1.");
        var random = new Random(seed);
        var world = new World(graph);
        string[] countries = [.. world.Countries];
        random.Shuffle(countries);
        var held = countries[..(int)Math.Ceiling(testShare * countries.Length)].ToHashSet();
        var (train, test) = (new List<PathQuestion>(), new List<PathQuestion>());
        void Add(string land, string[] ways, string from, params string[] path)
        {
            foreach (var (relation, asked) in Facts)
            {
                var answers = world.Answers(land, relation);
                if (answers.Count == 0) continue;
                string of = ways[random.Next(ways.Length)].Replace("{0}", Plain(from));
                string text = asked[random.Next(asked.Length)].Replace("{0}", of);
                (held.Contains(land) ? test : train)
                    .Add(new PathQuestion(text, [.. path.Select(corpus.Find)], answers));
            }
        }
        foreach (string land in world.Countries)
        {
            Add(land, ["{0}"], land, land);
            // A city that bears the country's name would give the second paragraph away.
            foreach (string city in world.Capitals(land))
                if (!TfIdf.Words(city).Intersect(TfIdf.Words(land)).Any())
                    Add(land, ByCapital, city, city, land);
            foreach (string neighbour in world.Answers(land, "neighbour"))
                Add(neighbour, ByNeighbour, land, land, neighbour);
        }
        return (train, test);
    }

    /// <summary>Without what tells it from others of its name: "Monaco (city)" is "Monaco".</summary>
    private static string Plain(string name) =>
        name.IndexOf(" (", StringComparison.Ordinal) is > 0 and var end ? name[..end] : name;

    /// <summary>The facts that are written and asked.</summary>
    private sealed class World
    {
        private readonly KnowledgeGraph graph;
        private readonly ILookup<(int, int), int> tails;
        private readonly Dictionary<int, double> areas;

        internal World(KnowledgeGraph graph)
        {
            this.graph = graph;
            tails = graph.Triples.ToLookup(t => (t.Head, t.Relation), t => t.Tail);
            areas = graph.Numbers.Where(n => n.Attribute == "area").ToDictionary(n => n.Entity, n => n.Value);
            Countries = [.. graph.Kinds.Index().Where(k => k.Item == "country")
                .Select(k => graph.Entities[k.Index])];
        }

        internal string[] Countries { get; }

        internal IEnumerable<string> All(string relation) =>
            Countries.SelectMany(c => Answers(c, relation)).Distinct();

        internal IReadOnlyList<string> Capitals(string land) => Tails(land, "hasCapital");

        internal IReadOnlyList<string> Answers(string land, string relation) => relation switch
        {
            "currency" => Tails(land, "usesCurrency"),
            "language" => Tails(land, "speaks"),
            "part" => [.. Tails(land, "locatedIn").TakeLast(1)],
            "area" => areas.TryGetValue(graph.Entity(land), out double area)
                ? [Math.Round(area).ToString(CultureInfo.InvariantCulture)] : [],
            _ => [.. Tails(land, "neighbor")
                .OrderByDescending(n => areas.GetValueOrDefault(graph.Entity(n))).Take(1)],
        };

        private string[] Tails(string land, string relation) =>
            [.. tails[(graph.Entity(land), graph.Relation(relation))].Select(t => graph.Entities[t])];
    }
}
