namespace Lectern.KnowledgeGraphs;

/// <summary>
/// Triples in three parts: to learn from, to choose by, to report on. Triples are directed, from head to tail.
/// </summary>
public sealed class LinkDataset
{
    private readonly Lazy<TripleIndex> training, known;

    /// <param name="name">What it is called.</param>
    /// <param name="entities">Names of the entities; the place is the number.</param>
    /// <param name="relations">Names of the relations; the place is the number.</param>
    /// <param name="train">To learn from.</param>
    /// <param name="validation">To choose by.</param>
    /// <param name="test">To report on.</param>
    /// <exception cref="ArgumentException">A triple names an entity or a relation that is not there.</exception>
    public LinkDataset(string name, IReadOnlyList<string> entities, IReadOnlyList<string> relations,
        IReadOnlyList<Triple> train, IReadOnlyList<Triple> validation, IReadOnlyList<Triple> test)
    {
        (Name, Entities, Relations, Train, Validation, Test) = (name, entities, relations, train, validation, test);
        bool Fits(Triple triple) => (uint)triple.Head < entities.Count && (uint)triple.Tail < entities.Count
            && (uint)triple.Relation < relations.Count;
        foreach (var triple in All)
            if (!Fits(triple))
                throw new ArgumentException($"{triple} of '{name}' does not fit {entities.Count} entities and "
                    + $"{relations.Count} relations, counted from 0.", nameof(train));
        training = new(() => new TripleIndex(Train));
        known = new(() => new TripleIndex(All));
    }

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>Names of the entities.</summary>
    public IReadOnlyList<string> Entities { get; }

    /// <summary>Names of the relations.</summary>
    public IReadOnlyList<string> Relations { get; }

    /// <summary>The triples to learn from.</summary>
    public IReadOnlyList<Triple> Train { get; }

    /// <summary>The triples to choose by.</summary>
    public IReadOnlyList<Triple> Validation { get; }

    /// <summary>The triples to report on.</summary>
    public IReadOnlyList<Triple> Test { get; }

    /// <summary>All triples: training, validation, test.</summary>
    public IEnumerable<Triple> All => Train.Concat(Validation).Concat(Test);

    /// <summary>The training triples, by question.</summary>
    public TripleIndex Training => training.Value;

    /// <summary>All triples, by question: what a filtered ranking leaves out.</summary>
    public TripleIndex Known => known.Value;

    /// <summary>What may surprise about the parts. Nothing of it is changed: triples with unseen entities are ranked,
    /// too.</summary>
    public LinkSurprises Surprises()
    {
        static IEnumerable<int> Ends(Triple triple) => [triple.Head, triple.Tail];
        var seen = Train.SelectMany(Ends).ToHashSet();
        bool IsNew(Triple triple) => !Ends(triple).All(seen.Contains);
        var relations = Train.Select(triple => triple.Relation).ToHashSet();
        var train = Train.ToHashSet();
        var validation = Validation.ToHashSet();
        return new LinkSurprises(
            Test.SelectMany(Ends).Distinct().Count(entity => !seen.Contains(entity)),
            Validation.Count(IsNew), Test.Count(IsNew),
            Validation.Concat(Test).Select(triple => triple.Relation).Except(relations).Count(),
            Train.Count - train.Count,
            Validation.Count(train.Contains) + Test.Count(t => train.Contains(t) || validation.Contains(t)));
    }

    /// <summary>A random cut of a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="held">Share of the triples for validation, and again for test. An entity or a relation that would
    /// be left without a training triple keeps its triple in training.</param>
    /// <param name="seed">Which of the many cuts.</param>
    /// <param name="name">What to call it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not between 0 and ½.</exception>
    public static LinkDataset Cut(KnowledgeGraph graph, double held = 0.1, int seed = 1, string name = "graph")
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (held is not (> 0 and < 0.5))
            throw new ArgumentOutOfRangeException(nameof(held), held, "The share that is held out lies between 0 and 0.5.");
        var triples = graph.Triples.ToArray();
        new Random(seed).Shuffle(triples);
        var entities = new int[graph.Entities.Count];
        var relations = new int[graph.Relations.Count];
        foreach (var triple in triples)
        {
            entities[triple.Head]++;
            entities[triple.Tail]++;
            relations[triple.Relation]++;
        }
        int wanted = (int)(held * triples.Length);
        var (train, heldOut) = (new List<Triple>(), new List<Triple>());
        foreach (var triple in triples)
        {
            int needed = triple.Head == triple.Tail ? 3 : 2;    // a loop counts twice for its entity
            bool spare = heldOut.Count < 2 * wanted && relations[triple.Relation] > 1
                && entities[triple.Head] >= needed && entities[triple.Tail] >= needed;
            (spare ? heldOut : train).Add(triple);
            if (!spare) continue;
            entities[triple.Head]--;
            entities[triple.Tail]--;
            relations[triple.Relation]--;
        }
        int half = heldOut.Count / 2;
        return new LinkDataset(name, graph.Entities, graph.Relations, train, heldOut[..half], heldOut[half..]);
    }
}

/// <summary>What may surprise about the parts of a <see cref="LinkDataset"/>.</summary>
/// <param name="UnseenEntities">Entities of the test part that no training triple has.</param>
/// <param name="ValidationWithUnseen">Validation triples with such an entity.</param>
/// <param name="TestWithUnseen">Test triples with such an entity.</param>
/// <param name="UnseenRelations">Relations of validation and test that no training triple has.</param>
/// <param name="Repeated">Training triples that are there once more.</param>
/// <param name="Shared">Validation and test triples that an earlier part has, too.</param>
public sealed record LinkSurprises(
    int UnseenEntities, int ValidationWithUnseen, int TestWithUnseen, int UnseenRelations, int Repeated, int Shared)
{
    /// <summary>In a sentence.</summary>
    public override string ToString() =>
        $"{UnseenEntities} test entities and {UnseenRelations} relations are not in training "
        + $"(in {ValidationWithUnseen} validation and {TestWithUnseen} test triples); "
        + $"{Repeated} training triples repeat, {Shared} triples stand in two parts.";
}
