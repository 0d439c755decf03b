namespace Lectern.KnowledgeGraphs;

/// <summary>
/// Facts as triples (head, relation, tail) of numbered entities and relations, and numbers about entities.
/// </summary>
/// <remarks>A triple is directed: it says that its head stands in the relation to its tail.</remarks>
public sealed class KnowledgeGraph
{
    private readonly Dictionary<string, int> entityIds = [];
    private readonly Dictionary<string, int> relationIds = [];
    private readonly List<string> entities = [];
    private readonly List<string> kinds = [];
    private readonly List<string> relations = [];
    private readonly List<Triple> triples = [];
    private readonly HashSet<Triple> known = [];
    private readonly List<NumericFact> numbers = [];

    /// <summary>The entities' names; the place here is the entity's number.</summary>
    public IReadOnlyList<string> Entities => entities;

    /// <summary>What each entity is, such as country or city; empty where that is not said.</summary>
    public IReadOnlyList<string> Kinds => kinds;

    /// <summary>The relations' names; the place here is the relation's number.</summary>
    public IReadOnlyList<string> Relations => relations;

    /// <summary>The facts, each once.</summary>
    public IReadOnlyList<Triple> Triples => triples;

    /// <summary>The numbers about entities.</summary>
    public IReadOnlyList<NumericFact> Numbers => numbers;

    /// <summary>The number of an entity.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is none of that name; the message gives near
    /// ones.</exception>
    public int Entity(string name) => entityIds.TryGetValue(name, out var id)
        ? id
        : throw new ArgumentException(
            $"There is no entity '{name}' among the {entities.Count}. {Near(name, entities)}", nameof(name));

    /// <summary>The number of a relation.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those there
    /// are.</exception>
    public int Relation(string name) => relationIds.TryGetValue(name, out var id)
        ? id
        : throw new ArgumentException(
            $"There is no relation '{name}'; there are: {string.Join(", ", relations)}.", nameof(name));

    /// <summary>Whether the graph states a fact.</summary>
    /// <param name="head">The head's name.</param>
    /// <param name="relation">The relation's name.</param>
    /// <param name="tail">The tail's name.</param>
    /// <exception cref="ArgumentException">A name is not known.</exception>
    public bool Has(string head, string relation, string tail) =>
        known.Contains(new Triple(Entity(head), Relation(relation), Entity(tail)));

    /// <summary>The tails that a head and a relation have, by name.</summary>
    /// <param name="head">The head's name.</param>
    /// <param name="relation">The relation's name.</param>
    /// <exception cref="ArgumentException">A name is not known.</exception>
    public IReadOnlyList<string> Tails(string head, string relation)
    {
        var (headId, relationId) = (Entity(head), Relation(relation));
        return
        [
            .. triples
                .Where(triple => triple.Head == headId && triple.Relation == relationId)
                .Select(triple => entities[triple.Tail]),
        ];
    }

    /// <summary>The number of an entity, which is added if it is new.</summary>
    internal int AddEntity(string name, string kind = "")
    {
        if (!entityIds.TryGetValue(name, out var id))
        {
            id = entities.Count;
            entityIds.Add(name, id);
            entities.Add(name);
            kinds.Add(kind);
        }
        return id;
    }

    /// <summary>Adds a fact, if it is new.</summary>
    internal void Add(int head, string relation, int tail)
    {
        if (!relationIds.TryGetValue(relation, out var id))
        {
            id = relations.Count;
            relationIds.Add(relation, id);
            relations.Add(relation);
        }
        var triple = new Triple(head, id, tail);
        if (known.Add(triple))
        {
            triples.Add(triple);
        }
    }

    /// <summary>Adds a number about an entity.</summary>
    internal void Add(int entity, string attribute, double value) =>
        numbers.Add(new NumericFact(entity, attribute, value));

    /// <summary>Names like one that is not there, for an error message.</summary>
    internal static string Near(string name, IReadOnlyList<string> names)
    {
        var near = names
            .Where(other => other.Contains(name, StringComparison.OrdinalIgnoreCase)
                || name.Contains(other, StringComparison.OrdinalIgnoreCase))
            .Take(5)
            .ToList();
        return near.Count > 0
            ? $"Did you mean: {string.Join(", ", near)}?"
            : $"The first ones are: {string.Join(", ", names.Take(5))}.";
    }
}
