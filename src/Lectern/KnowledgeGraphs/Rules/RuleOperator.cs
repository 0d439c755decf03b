using Lectern.Graphs;

namespace Lectern.KnowledgeGraphs;

/// <summary>An atom of a rule: a step from the entities where a rule is to those where it goes on.</summary>
public abstract class RuleOperator
{
    /// <summary>Whether it only weighs the entities where the rule is, so that the next atom starts there too.</summary>
    public virtual bool Stays => false;

    /// <summary>y = M v: y_j is the sum of v_i over all i from which the step leads to j.</summary>
    /// <param name="v">One column a question: [n, B].</param>
    /// <returns>[n, B].</returns>
    public abstract Tensor Apply(Tensor v);

    /// <summary>The atom as text.</summary>
    /// <param name="from">The variable where it starts.</param>
    /// <param name="to">The variable where it leads.</param>
    public abstract string Text(string from, string to);
}

/// <summary>A relation as a sparse matrix, forwards or backwards; perhaps only those of its edges that pass a
/// comparison.</summary>
public sealed class RelationOperator : RuleOperator
{
    private readonly string name;
    private readonly bool inverse;
    private readonly Comparison? condition;
    private readonly SparseMatrix matrix;                               // row: where to, column: where from

    /// <param name="name">The relation's name.</param>
    /// <param name="edges">Its pairs (head, tail).</param>
    /// <param name="entityCount">n.</param>
    /// <param name="inverse">Whether steps lead from tail to head.</param>
    /// <param name="condition">What a step's two ends must fulfil; null: nothing.</param>
    public RelationOperator(
        string name, IEnumerable<(int Head, int Tail)> edges, int entityCount, bool inverse, Comparison? condition = null)
    {
        (this.name, this.inverse, this.condition) = (name, inverse, condition);
        var steps = edges.Distinct().Select(e => inverse ? (From: e.Tail, To: e.Head) : (From: e.Head, To: e.Tail))
            .Where(e => condition is null || condition.Holds(e.From, e.To)).ToArray();
        matrix = SparseMatrix.FromEntries(entityCount, entityCount, [.. steps.Select(e => e.To)],
            [.. steps.Select(e => e.From)], out _);
    }

    /// <summary>Number of steps that it allows.</summary>
    public int Entries => matrix.Entries;

    /// <inheritdoc/>
    public override Tensor Apply(Tensor v) => matrix.MatMul(v);

    /// <inheritdoc/>
    public override string Text(string from, string to)
    {
        string atom = inverse ? $"{name}({to}, {from})" : $"{name}({from}, {to})";
        return condition is null ? atom : $"{atom} ∧ {condition.Text(from, to)}";
    }
}

/// <summary>How two numbers are compared.</summary>
public enum Comparing
{
    /// <summary>&lt;.</summary>
    Less,

    /// <summary>≤.</summary>
    AtMost,

    /// <summary>&gt;.</summary>
    More,

    /// <summary>≥.</summary>
    AtLeast,
}

/// <summary>left(X) ? right(Y), for entities that both have the number.</summary>
/// <param name="Left">The number of the entity where a step starts.</param>
/// <param name="How">What has to hold.</param>
/// <param name="Right">The number of the entity where it leads.</param>
public sealed record Comparison(NumericAttribute Left, Comparing How, NumericAttribute Right)
{
    /// <summary>Whether it holds; what has no number compares with nothing.</summary>
    public bool Holds(int from, int to) => How switch                   // NaN compares with nothing
    {
        Comparing.Less => Left.Values[from] < Right.Values[to],
        Comparing.AtMost => Left.Values[from] <= Right.Values[to],
        Comparing.More => Left.Values[from] > Right.Values[to],
        _ => Left.Values[from] >= Right.Values[to],
    };

    internal string Text(string from, string to)
    {
        string sign = How switch { Comparing.Less => "<", Comparing.AtMost => "≤", Comparing.More => ">", _ => "≥" };
        return $"{Left.Name}({from}) {sign} {Right.Name}({to})";
    }
}

/// <summary>Numbers of entities: a value for each entity that has one.</summary>
/// <param name="Name">What it says, such as area.</param>
/// <param name="Values">[n]; NaN where there is none.</param>
public sealed record NumericAttribute(string Name, double[] Values)
{
    /// <summary>The attributes of a list of facts, by name; of several values for one entity the last counts.</summary>
    /// <param name="facts">The facts.</param>
    /// <param name="entityCount">n.</param>
    /// <exception cref="ArgumentException">A fact is about an entity that is not there, or its value is not finite.</exception>
    public static IReadOnlyList<NumericAttribute> Of(IEnumerable<NumericFact> facts, int entityCount)
    {
        ArgumentNullException.ThrowIfNull(facts);
        var tables = new SortedDictionary<string, double[]>(StringComparer.Ordinal);
        foreach (var (entity, name, value) in facts)
        {
            if ((uint)entity >= entityCount || !double.IsFinite(value))
                throw new ArgumentException($"({entity}, {name}, {value}) is no number about one of {entityCount} entities, "
                    + "counted from 0.", nameof(facts));
            if (!tables.TryGetValue(name, out var values))
            {
                tables[name] = values = new double[entityCount];
                Array.Fill(values, double.NaN);
            }
            values[entity] = value;
        }
        return [.. tables.Select(table => new NumericAttribute(table.Key, table.Value))];
    }
}
