using System.Collections.Immutable;

namespace Lectern.Papers.KnowledgeGraphs;

/// <summary>A question in names: <c>Query.Where("speaks", "French").And("neighbor", "Germany")</c>.</summary>
/// <remarks>
/// <para>A query stands for a set of entities. It knows no graph: <see cref="QueryGraph.Bind"/> looks its names
/// up.</para>
/// <code>
/// Query.Where("speaks", "French")                            // who speaks French
///     .And(Query.Of("Germany").Follow("neighbor"))           // and is a neighbour of Germany
///     .Follow("hasCapital")                                  // the capitals of those
/// </code>
/// </remarks>
public sealed class Query
{
    private Query(QueryShape shape, ImmutableArray<string> anchors, ImmutableArray<(string Name, bool Inverse)> relations) =>
        (Shape, Anchors, Relations) = (shape, anchors, relations);

    /// <summary>What it asks, without names.</summary>
    public QueryShape Shape { get; }

    /// <summary>Names of the entities in the shape's slots.</summary>
    public ImmutableArray<string> Anchors { get; }

    /// <summary>Names of the relations in the shape's slots, and whether each is followed from tail to head.</summary>
    public ImmutableArray<(string Name, bool Inverse)> Relations { get; }

    /// <summary>One entity: where a chain starts.</summary>
    /// <param name="entity">Its name.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static Query Of(string entity)
    {
        ArgumentException.ThrowIfNullOrEmpty(entity);
        return new Query(new QueryShape.Anchor(0), [entity], []);
    }

    /// <summary>All x of which the graph says (x, relation, entity).</summary>
    /// <param name="relation">The relation.</param>
    /// <param name="entity">The entity.</param>
    public static Query Where(string relation, string entity) => Of(entity).Back(relation);

    /// <summary>All x of which the graph says (x, relation, y) for an answer y of another query.</summary>
    /// <param name="relation">The relation.</param>
    /// <param name="among">The query that y answers.</param>
    public static Query Where(string relation, Query among)
    {
        ArgumentNullException.ThrowIfNull(among);
        return among.Back(relation);
    }

    /// <summary>All y of which the graph says (x, relation, y) for an answer x of this query.</summary>
    /// <param name="relation">The relation.</param>
    public Query Follow(string relation) => Step(relation, inverse: false);

    /// <summary>All y of which the graph says (y, relation, x) for an answer x of this query.</summary>
    /// <param name="relation">The relation.</param>
    public Query Back(string relation) => Step(relation, inverse: true);

    /// <summary>What this query and another one share.</summary>
    /// <param name="other">The other one.</param>
    public Query And(Query other) => Join(other, parts => new QueryShape.And(parts));

    /// <summary>What of this query's answers the graph says (x, relation, entity).</summary>
    /// <param name="relation">The relation.</param>
    /// <param name="entity">The entity.</param>
    public Query And(string relation, string entity) => And(Where(relation, entity));

    /// <summary>What this query or another one answers.</summary>
    /// <param name="other">The other one.</param>
    public Query Or(Query other) => Join(other, parts => new QueryShape.Or(parts));

    /// <summary>This query's answers, and all x of which the graph says (x, relation, entity).</summary>
    /// <param name="relation">The relation.</param>
    /// <param name="entity">The entity.</param>
    public Query Or(string relation, string entity) => Or(Where(relation, entity));

    /// <summary>The query as a formula, such as <c>speaks(x, French) ∧ neighbor(x, Germany)</c>.</summary>
    public override string ToString()
    {
        int variables = 0;
        return Text(Shape, "x", ref variables);
    }

    private Query Step(string relation, bool inverse)
    {
        ArgumentException.ThrowIfNullOrEmpty(relation);
        return new Query(new QueryShape.Step(Shape, Relations.Length), Anchors, Relations.Add((relation, inverse)));
    }

    private Query Join(Query other, Func<QueryShape[], QueryShape> shape)
    {
        ArgumentNullException.ThrowIfNull(other);
        // a ∧ b ∧ c is one conjunction of three, as the structure 3i is.
        QueryShape[] left = (Shape, shape([])) switch
        {
            (QueryShape.And and, QueryShape.And) => [.. and.Parts],
            (QueryShape.Or or, QueryShape.Or) => [.. or.Parts],
            _ => [Shape],
        };
        return new Query(shape([.. left, other.Shape.Moved(Anchors.Length, Relations.Length)]),
            Anchors.AddRange(other.Anchors), Relations.AddRange(other.Relations));
    }

    /// <summary>A part of the query as a formula about a variable.</summary>
    private string Text(QueryShape shape, string x, ref int variables)
    {
        if (shape is QueryShape.Anchor anchor) return $"{x} = {Anchors[anchor.Slot]}";
        if (shape is QueryShape.Step step)
        {
            var (relation, inverse) = Relations[step.Slot];
            string Fact(string from) => inverse ? $"{relation}({x}, {from})" : $"{relation}({from}, {x})";
            if (step.From is QueryShape.Anchor start) return Fact(Anchors[start.Slot]);
            string y = $"y{++variables}";
            string rest = Text(step.From, y, ref variables);
            return $"∃{y}: {Fact(y)} ∧ {(step.From is QueryShape.Or ? $"({rest})" : rest)}";
        }
        var (parts, sign) = shape is QueryShape.And and ? (and.Parts, " ∧ ") : (((QueryShape.Or)shape).Parts, " ∨ ");
        var texts = new List<string>();
        foreach (var part in parts)
        {
            string text = Text(part, x, ref variables);
            texts.Add(text.Contains(' ') && (text.Contains('∃') || text.Contains('∨')) ? $"({text})" : text);
        }
        return string.Join(sign, texts);
    }

    /// <summary>The query of a part of this one's shape, for what is shown step by step.</summary>
    internal Query Part(QueryShape shape) => new(shape, Anchors, Relations);
}
