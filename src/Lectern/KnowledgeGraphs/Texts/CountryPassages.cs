namespace Lectern.KnowledgeGraphs;

/// <summary>Passages about countries, written by rule from the knowledge graph with their dependency arcs, and questions on
/// them.</summary>
/// <remarks>
/// A sentence states facts on one country or two, in one of six forms; that a passage's names are those of countries kept
/// from training makes copying needful, and that it states several facts makes the answer decide which is asked for. Four
/// questions ask for each fact. The first is the most frequent one (two in five) and shares little with the others (one in
/// five each), which differ from each other in a word or so.
/// </remarks>
public sealed class CountryPassages
{
    /// <summary>Forms that training sees: one fact; two joined by "and"; a relative clause; one of two facts; one within
    /// another; two countries joined by "while".</summary>
    public static readonly IReadOnlyList<string> Forms = ["plain", "and", "which", "which-and", "nested", "while"];

    /// <summary>The form that only test passages have: three relative clauses, each within the other.</summary>
    public const string NewForm = "deep";

    // A phrase's words, each with its part of speech and, after '@', the place of its head; {} stands for the value.
    private static readonly Dictionary<string, (string Kind, string[] Said, string[] Asked)> Relations = new()
    {
        ["hasCapital"] = ("GPE",
            ["is/AUX@1 governed/VERB from/ADP@1 {}@2", "is/AUX@1 led/VERB from/ADP@1 {}@2", "answers/VERB to/ADP@0 {}@1"],
            ["from where is {0} governed ?", "what is the capital of {0} ?", "what is the capital city of {0} ?",
                "what is now the capital of {0} ?"]),
        ["usesCurrency"] = ("MONEY", ["pays/VERB with/ADP@0 {}@1", "prints/VERB {}@0", "trades/VERB in/ADP@0 {}@1"],
            ["what do people pay with in {0} ?", "which currency is used in {0} ?", "which currency is used by {0} ?",
                "which currency is now used in {0} ?"]),
        ["speaks"] = ("LANGUAGE", ["speaks/VERB {}@0", "teaches/VERB in/ADP@0 {}@1", "writes/VERB in/ADP@0 {}@1"],
            ["how do people talk in {0} ?", "which language is official in {0} ?", "which language is an official one in {0} ?",
                "which language is now official in {0} ?"]),
        ["locatedIn"] = ("LOC", ["lies/VERB in/ADP@0 {}@1", "belongs/VERB to/ADP@0 {}@1"],
            ["where does one find {0} ?", "in which part of the world is {0} ?", "in which part of the world does {0} lie ?",
                "in which part of the whole world is {0} ?"]),
        ["neighbor"] = ("GPE", ["borders/VERB {}@0", "adjoins/VERB {}@0"],
            ["who lives next to {0} ?", "which country has a border with {0} ?", "which country has a common border with {0} ?",
                "which country has a land border with {0} ?"]),
    };

    private readonly ILookup<(string Country, string Relation), string> facts;
    private readonly string[] countries;
    private readonly int ways;

    /// <param name="table">The countries; only sovereign states with a capital are written about.</param>
    /// <param name="ways">In how many ways each fact is asked for: 1 to 4.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are 1 to 4 ways.</exception>
    public CountryPassages(IReadOnlyList<Country> table, int ways = 4)
    {
        ArgumentNullException.ThrowIfNull(table);
        if (ways is not (>= 1 and <= 4))
            throw new ArgumentOutOfRangeException(nameof(ways), ways, "There are four ways to ask for a fact: say 1, 2, 3 or 4.");
        this.ways = ways;
        var states = table.Where(c => c.Independent && c.Capitals.Count > 0).ToList();
        countries = [.. states.Select(c => c.Name)];
        var graph = Countries.Graph(states);
        facts = graph.Triples.ToLookup(
            t => (graph.Entities[t.Head], graph.Relations[t.Relation]), t => Plain(graph.Entities[t.Tail]));
        var kinds = new Dictionary<string, string>();
        foreach (var (name, kind) in graph.Entities.Zip(graph.Kinds))
            foreach (string word in Plain(name).ToLowerInvariant().Split(' ')) kinds.TryAdd(word, kind);
        Kinds = kinds;
    }

    /// <summary>What kind of thing each word of a name stands for (country, city, language, currency, region), for
    /// <see cref="WordVectors"/>: trained vectors would know as much.</summary>
    public IReadOnlyDictionary<string, string> Kinds { get; }

    /// <summary>Examples of which validation and test are on countries that training passages never name.</summary>
    /// <param name="train">Number of training examples.</param>
    /// <param name="validation">Number of validation examples.</param>
    /// <param name="test">Number of test examples; every third one's answer stands in a sentence of the new form.</param>
    /// <param name="sentences">Sentences of a passage.</param>
    /// <param name="held">Share of the countries that are kept from training, half of them for the test.</param>
    /// <param name="seed">Of the split and the wording.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not between 0 and 0.9.</exception>
    /// <exception cref="ArgumentException">There are too few countries for passages of so many sentences.</exception>
    public QuestionData Write(int train, int validation, int test, int sentences = 2, double held = 0.2, int seed = 1)
    {
        if (held is not (> 0 and < 0.9))
            throw new ArgumentOutOfRangeException(nameof(held), held, "The share that is kept from training lies between 0 and 0.9.");
        var random = new Random(seed);
        string[] order = [.. countries];
        random.Shuffle(order);
        int half = (int)(held * order.Length / 2);
        if (half < 2 * sentences)
            throw new ArgumentException($"{2 * half} of {order.Length} countries are kept from training; passages of {sentences} "
                + $"sentences need {4 * sentences}. Raise held.", nameof(held));
        var (tested, chosen, learnt) = (order[..half], order[half..(2 * half)], order[(2 * half)..]);
        IReadOnlyList<QuestionExample> Some(int count, string[] pool, bool anyNeighbour, bool newForm = false) =>
            [.. Enumerable.Range(0, count).Select(i =>
                One(random, pool, anyNeighbour, sentences, newForm && i % 3 == 0 ? NewForm : null))];
        return new QuestionData(Some(train, learnt, false), Some(validation, chosen, true), Some(test, tested, true, true));
    }

    private QuestionExample One(Random random, string[] pool, bool anyNeighbour, int sentences, string? form)
    {
        while (true)                                                    // most tries fail for want of a fact or a neighbour
        {
            var text = new Writer(this, random, pool, anyNeighbour);
            string[] forms = [.. Enumerable.Range(0, sentences).Select(_ => Forms[random.Next(Forms.Count)])];
            int asked = random.Next(sentences);
            if (form is not null) forms[asked] = form;
            int[] ends = [.. forms.TakeWhile(text.Sentence).Select(_ => text.Facts.Count)];
            if (ends.Length < sentences) continue;
            // What stands in the passage twice is no answer, since it would not say which fact is meant.
            var fit = text.Facts[(asked == 0 ? 0 : ends[asked - 1])..ends[asked]]
                .Where(f => pool.Contains(f.Country) && text.Names.Count(n => n == f.Value) == 1).ToList();
            if (fit.Count == 0) continue;
            var (country, relation, value) = fit[random.Next(fit.Count)];
            string[] right =
                [.. Relations[relation].Asked[..ways].Select(q => q.Replace("{0}", Plain(country)).ToLowerInvariant())];
            int way = ways == 1 || random.NextDouble() < 0.4 ? 0 : random.Next(1, ways);
            return new QuestionExample(text.Tokens, text.Arcs, value.ToLowerInvariant().Split(' '),
                right[way].Split(' '))
            { Right = right, Form = forms[asked] };
        }
    }

    /// <summary>Without what tells it from others of its name: "Monaco (city)" is "Monaco".</summary>
    private static string Plain(string name) =>
        name.IndexOf(" (", StringComparison.Ordinal) is > 0 and var end ? name[..end] : name;

    private sealed class Writer(CountryPassages source, Random random, string[] pool, bool anyNeighbour)
    {
        internal List<PassageToken> Tokens { get; } = [];
        internal List<(int Head, int Dependent)> Arcs { get; } = [];
        internal List<(string Country, string Relation, string Value)> Facts { get; } = [];
        internal List<string> Names { get; } = [];                      // countries and values, as often as they are named

        /// <summary>Writes a sentence of a form; false where the facts for it are wanting.</summary>
        internal bool Sentence(string form)
        {
            int first = Tokens.Count;
            if (first > 0) Arcs.AddRange([(first - 1, first), (first, first - 1)]);
            if (Some() is not { } country) return false;
            int? opening = form == "while" ? Put("While", "SCONJ") : null;
            int subject = Name(country, "GPE");
            int? verb;
            if (form is "plain" or "and")
            {
                verb = Phrase(country);
                if (form == "and" && !And(country, verb)) return false;
            }
            else if (form == "while")
            {
                int? before = Phrase(country);
                Link(before, subject, opening, Put(",", "PUNCT"));
                if (before is null || Some() is not { } other) return false;
                subject = Name(other, "GPE");
                verb = Phrase(other);
                Link(verb, before);
            }
            else
            {
                if (!Clause(country, subject, form == NewForm ? 2 : form == "nested" ? 1 : 0, form == "which-and")) return false;
                Link(subject, Put(",", "PUNCT"));
                verb = Phrase(country);
            }
            Link(verb, subject, Put(".", "PUNCT"));
            return verb is not null;
        }

        /// <summary>A relative clause on a country; where it is to have clauses within it, its fact is a neighbour, who
        /// gets the next one.</summary>
        private bool Clause(string country, int name, int within, bool two)
        {
            Link(name, Put(",", "PUNCT"));
            int which = Put("which", "PRON");
            int? verb = within > 0 ? Phrase(country, "neighbor") : Phrase(country);
            Link(verb, which);
            Link(name, verb);
            if (verb is null || (two && !And(country, verb))) return false;
            return within == 0 || Clause(Names[^1], Tokens.Count - 1, within - 1, two);
        }

        private bool And(string country, int? verb)
        {
            int joined = Put("and", "CCONJ");
            int? second = Phrase(country);
            Link(second, joined);
            Link(verb, second);
            return second is not null;
        }

        /// <summary>A country that the passage does not name yet.</summary>
        private string? Some() => pool[random.Next(pool.Length)] is var one && !Names.Contains(one) ? one : null;

        /// <summary>A fact that is not stated yet, as a phrase; the place of its verb, or null where there is no such
        /// fact.</summary>
        private int? Phrase(string country, string? relation = null)
        {
            string[] open = [.. Relations.Keys.Where(r => relation is null || r == relation)
                .Where(r => !Facts.Any(f => f.Country == country && f.Relation == r))];
            if (open.Length == 0) return null;
            string about = open[random.Next(open.Length)];
            string[] values = [.. source.facts[(country, about)].Where(v => about != "neighbor" || anyNeighbour || pool.Contains(v))
                .Where(v => !Names.Contains(v) && !TfIdf.Words(v).Intersect(TfIdf.Words(country)).Any())];
            if (values.Length == 0) return null;
            var (kind, said, _) = Relations[about];
            string value = values[random.Next(values.Length)];
            string[] items = said[random.Next(said.Length)].Split(' ');
            int[] places = [.. items.Select(item => item.StartsWith("{}", StringComparison.Ordinal)
                ? Name(value, kind) : Put(item[..item.IndexOf('/')], item[(item.IndexOf('/') + 1)..].Split('@')[0]))];
            int verb = -1;
            for (int i = 0; i < items.Length; i++)
                if (items[i].Split('@') is [_, var head]) Arcs.Add((places[head[0] - '0'], places[i]));
                else verb = places[i];
            Facts.Add((country, about, value));
            return verb;
        }

        /// <summary>Writes a name; the place of its last word, which the others depend on.</summary>
        private int Name(string name, string kind)
        {
            Names.Add(name);
            string[] words = Plain(name).Split(' ');
            int last = Tokens.Count + words.Length - 1;
            foreach (string word in words)
            {
                if (Tokens.Count < last) Arcs.Add((last, Tokens.Count));
                Tokens.Add(new PassageToken(word, "PROPN", kind));
            }
            return last;
        }

        private int Put(string word, string tag)
        {
            Tokens.Add(new PassageToken(word, tag));
            return Tokens.Count - 1;
        }

        private void Link(int? head, params int?[] dependents)
        {
            foreach (int? dependent in dependents)
                if (head is { } from && dependent is { } to) Arcs.Add((from, to));
        }
    }
}
