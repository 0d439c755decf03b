using Lectern.KnowledgeGraphs;
using Lectern.Training;

namespace Lectern.Papers.KnowledgeGraphs;

/// <summary>A query of a structure, with its answers parted.</summary>
/// <param name="Anchors">Entities in the structure's slots.</param>
/// <param name="Relations">Relations in the structure's slots; r + m is r from tail to head.</param>
/// <param name="Easy">Answers that the smaller set of edges gives, ascending.</param>
/// <param name="Hard">Answers that only the larger one gives, ascending; none for training.</param>
public sealed record SampledQuery(int[] Anchors, int[] Relations, int[] Easy, int[] Hard);

/// <summary>Queries of one structure.</summary>
/// <param name="Structure">The structure.</param>
/// <param name="Queries">No two ask the same.</param>
public sealed record QuerySet(QueryStructure Structure, IReadOnlyList<SampledQuery> Queries);

/// <summary>
/// Makes queries that have answers: from a random answer down the structure along random edges to the anchors.
/// </summary>
/// <remarks>
/// Left out are queries of which two branches ask the same, and chains that go back on the edge they came by. Of a
/// union one branch leads to the answer; the others start anywhere.
/// </remarks>
public static class QuerySampling
{
    /// <summary>Queries of the five trained structures, with their answers on training edges.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="count">Queries a structure at most.</param>
    /// <param name="seed">Which of the many choices.</param>
    public static IReadOnlyList<QuerySet> Training(QueryGraph graph, int count, int seed) =>
        [.. Progress.Over("queries to train on", QueryStructure.All.Where(s => s.Trained).ToList())
            .Select(s => Make(graph, s, QueryEdges.Training, QueryEdges.Training, count, seed))];

    /// <summary>Queries of all nine structures, each with at least one answer that needs a test triple.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="count">Queries a structure at most.</param>
    /// <param name="seed">Which of the many choices.</param>
    public static IReadOnlyList<QuerySet> Test(QueryGraph graph, int count, int seed) =>
        [.. Progress.Over("queries to ask", QueryStructure.All).Select(s => Make(graph, s, QueryEdges.Validation, QueryEdges.All, count, seed))];

    /// <summary>Queries of one structure.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="structure">The structure.</param>
    /// <param name="known">Edges whose answers are easy.</param>
    /// <param name="all">Edges that queries are made from; with more of them than known, each query has a hard
    /// answer.</param>
    /// <param name="count">Queries at most; fewer where 100 attempts a query do not find as many.</param>
    /// <param name="seed">Which of the many choices.</param>
    public static QuerySet Make(
        QueryGraph graph, QueryStructure structure, QueryEdges known, QueryEdges all, int count, int seed)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(structure);
        var random = new Random(seed);
        var into = Incoming(graph.Data, all);
        var queries = new List<SampledQuery>();
        var seen = new HashSet<string>();
        using var progress = Progress.Start($"queries {structure.Name}", count);
        foreach (var query in Candidates())
        {
            if (queries.Count == count) break;
            if (!seen.Add(string.Join(' ', query.Anchors.Concat(query.Relations)))) continue;
            int[] easy = graph.Answers(query, known);
            int[] hard = known == all ? [] : [.. graph.Answers(query, all).Except(easy)];
            if (known != all && hard.Length == 0) continue;
            queries.Add(new SampledQuery(query.Anchors, query.Relations, easy, hard));
            progress.Step();
        }
        return new QuerySet(structure, queries);

        IEnumerable<BoundQuery> Candidates()
        {
            if (structure.Shape is QueryShape.Step { From: QueryShape.Anchor })     // few enough to go through them all
            {
                var steps = into.SelectMany(edges => edges).Distinct().ToArray();
                random.Shuffle(steps);
                foreach (var (from, relation) in steps) yield return new(structure.Shape, [from], [relation]);
                yield break;
            }
            for (long attempt = 0; attempt < 100L * count; attempt++)
            {
                var query = new BoundQuery(structure.Shape, new int[structure.Anchors], new int[structure.Relations]);
                int answer = random.Next(graph.EntityCount);
                if (Fill(structure.Shape, answer, query, into, random, graph.Data.Relations.Count)) yield return query;
            }
        }
    }

    /// <summary>For each entity, how it can be reached: (from, relation).</summary>
    private static List<(int From, int Relation)>[] Incoming(LinkDataset data, QueryEdges which)
    {
        List<(int, int)>[] into = [.. data.Entities.Select(_ => new List<(int, int)>())];
        var triples = which switch
        {
            QueryEdges.Training => data.Train,
            QueryEdges.Validation => data.Train.Concat(data.Validation),
            _ => data.All,
        };
        foreach (var (head, relation, tail) in triples.Distinct())
        {
            into[tail].Add((head, relation));
            into[head].Add((tail, relation + data.Relations.Count));
        }
        return into;
    }

    private static bool Fill(QueryShape shape, int answer, BoundQuery query, List<(int From, int Relation)>[] into,
        Random random, int relations)
    {
        switch (shape)
        {
            case QueryShape.Anchor anchor:
                query.Anchors[anchor.Slot] = answer;
                return true;
            case QueryShape.Step step:
                if (into[answer].Count == 0) return false;
                var (from, relation) = into[answer][random.Next(into[answer].Count)];
                query.Relations[step.Slot] = relation;
                return Fill(step.From, from, query, into, random, relations)
                    && !(step.From is QueryShape.Step before
                        && Math.Abs(query.Relations[before.Slot] - relation) == relations);     // there and back
            case QueryShape.And and:
                return and.Parts.All(part => Fill(part, answer, query, into, random, relations))
                    && Differ(and.Parts, query);
            default:
                var parts = ((QueryShape.Or)shape).Parts;
                return parts.Index().All(part => Fill(part.Item, part.Index == 0 ? answer : random.Next(into.Length),
                        query, into, random, relations))
                    && Differ(parts, query);
        }
    }

    private static bool Differ(IReadOnlyList<QueryShape> parts, BoundQuery query) =>
        parts.Select(part => Written(part, query)).Distinct().Count() == parts.Count;

    private static string Written(QueryShape shape, BoundQuery query) => shape switch
    {
        QueryShape.Anchor anchor => $"{query.Anchors[anchor.Slot]}",
        QueryShape.Step step => $"{Written(step.From, query)}>{query.Relations[step.Slot]}",
        QueryShape.And and => $"({string.Join('&', and.Parts.Select(part => Written(part, query)))})",
        _ => $"({string.Join('|', ((QueryShape.Or)shape).Parts.Select(part => Written(part, query)))})",
    };
}
