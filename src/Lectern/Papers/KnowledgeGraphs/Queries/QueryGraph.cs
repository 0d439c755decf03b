using Lectern.KnowledgeGraphs;

namespace Lectern.Papers.KnowledgeGraphs;

/// <summary>Which edges a query may walk on: each set holds the one before it.</summary>
public enum QueryEdges
{
    /// <summary>The training triples.</summary>
    Training,

    /// <summary>Training and validation triples.</summary>
    Validation,

    /// <summary>All triples.</summary>
    All,
}

/// <summary>A query with its names looked up.</summary>
/// <param name="Shape">What it asks.</param>
/// <param name="Anchors">Numbers of the entities in its slots.</param>
/// <param name="Relations">Numbers of the relations in its slots; r + m is r from tail to head.</param>
public sealed record BoundQuery(QueryShape Shape, int[] Anchors, int[] Relations);

/// <summary>
/// A data set as queries see it: relations can be followed both ways, and there are three sets of edges, of training,
/// with validation, with test, so that an answer can be known to need edges that a model has not seen.
/// </summary>
public sealed class QueryGraph
{
    private readonly Dictionary<string, int> entities, relations;
    private readonly TripleIndex[] edges;

    /// <param name="data">The triples.</param>
    public QueryGraph(LinkDataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        Data = data;
        entities = data.Entities.Index().ToDictionary(e => e.Item, e => e.Index);
        relations = data.Relations.Index().ToDictionary(r => r.Item, r => r.Index);
        edges = [data.Training, new TripleIndex(data.Train.Concat(data.Validation)), data.Known];
    }

    /// <summary>The triples.</summary>
    public LinkDataset Data { get; }

    /// <summary>n.</summary>
    public int EntityCount => Data.Entities.Count;

    /// <summary>2m: each relation and its inverse.</summary>
    public int RelationCount => 2 * Data.Relations.Count;

    /// <summary>Looks a query's names up.</summary>
    /// <param name="query">The query.</param>
    /// <exception cref="ArgumentException">The graph has no such entity or relation; the message names near
    /// ones.</exception>
    public BoundQuery Bind(Query query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return new BoundQuery(query.Shape,
            [.. query.Anchors.Select(name => Find(name, entities, Data.Entities, "entity", "entities"))],
            [.. query.Relations.Select(relation =>
                Find(relation.Name, relations, Data.Relations, "relation", "relations")
                + (relation.Inverse ? Data.Relations.Count : 0))]);

        int Find(string name, Dictionary<string, int> numbers, IReadOnlyList<string> names, string one, string many) =>
            numbers.TryGetValue(name, out int number) ? number : throw new ArgumentException(
                $"There is no {one} '{name}' among the {names.Count} {many} of '{Data.Name}', in the query {query}. "
                + (names.Count <= 12 ? $"There are: {string.Join(", ", names)}." : KnowledgeGraph.Near(name, names)),
                nameof(query));
    }

    /// <summary>Where a relation leads from an entity.</summary>
    /// <param name="entity">The entity.</param>
    /// <param name="relation">The relation; r + m is r from tail to head.</param>
    /// <param name="which">The edges.</param>
    public ReadOnlySpan<int> Next(int entity, int relation, QueryEdges which)
    {
        int m = Data.Relations.Count;
        var index = edges[(int)which];
        return relation < m ? index.Tails(entity, relation) : index.Heads(relation - m, entity);
    }

    /// <summary>The exact answers by walking the graph, ascending.</summary>
    /// <param name="query">The query.</param>
    /// <param name="which">The edges that may be walked on.</param>
    public int[] Answers(BoundQuery query, QueryEdges which)
    {
        ArgumentNullException.ThrowIfNull(query);
        bool[] set = Walk(query.Shape, query, which);
        return [.. Enumerable.Range(0, set.Length).Where(entity => set[entity])];
    }

    private bool[] Walk(QueryShape shape, BoundQuery query, QueryEdges which)
    {
        bool[] set;
        switch (shape)
        {
            case QueryShape.Anchor anchor:
                set = new bool[EntityCount];
                set[query.Anchors[anchor.Slot]] = true;
                return set;
            case QueryShape.Step step:
                set = new bool[EntityCount];
                bool[] from = Walk(step.From, query, which);
                for (int entity = 0; entity < from.Length; entity++)
                    if (from[entity])
                        foreach (int next in Next(entity, query.Relations[step.Slot], which)) set[next] = true;
                return set;
            default:
                bool all = shape is QueryShape.And;
                var parts = all ? ((QueryShape.And)shape).Parts : ((QueryShape.Or)shape).Parts;
                set = Walk(parts[0], query, which);
                foreach (var part in parts.Skip(1))
                {
                    bool[] other = Walk(part, query, which);
                    for (int entity = 0; entity < set.Length; entity++)
                        set[entity] = all ? set[entity] && other[entity] : set[entity] || other[entity];
                }
                return set;
        }
    }
}
