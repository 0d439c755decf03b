namespace Lectern.Graphs;

/// <summary>
/// A formula of FOC₂: first-order logic on coloured graphs with the two variables x and y and the counting
/// quantifiers ∃≥N. One with x alone free classifies nodes: it holds at some and not at others.
/// </summary>
/// <remarks>Formulas are values: two that are written alike are equal. <see cref="FormulaParser"/> reads them.</remarks>
public abstract record Formula
{
    private Formula()
    {
    }

    /// <summary>⊤, which holds everywhere.</summary>
    public sealed record True : Formula
    {
        /// <inheritdoc/>
        public override string ToString() => "true";
    }

    /// <summary>A colour atom, Red(x).</summary>
    /// <param name="Name">The colour.</param>
    /// <param name="Variable">x or y.</param>
    public sealed record Colour(string Name, char Variable) : Formula
    {
        /// <inheritdoc/>
        public override string ToString() => $"{Name}({Variable})";
    }

    /// <summary>E(x, y): x and y are joined; graphs are undirected, so E(y, x) is the same.</summary>
    public sealed record Edge : Formula
    {
        /// <inheritdoc/>
        public override string ToString() => "E(x,y)";
    }

    /// <summary>x = y.</summary>
    public sealed record Equal : Formula
    {
        /// <inheritdoc/>
        public override string ToString() => "x = y";
    }

    /// <summary>¬φ.</summary>
    /// <param name="Part">φ.</param>
    public sealed record Not(Formula Part) : Formula
    {
        /// <inheritdoc/>
        public override string ToString() => Part is Equal ? "x ≠ y" : $"¬{Part}";
    }

    /// <summary>φ ∧ ψ.</summary>
    /// <param name="Left">φ.</param>
    /// <param name="Right">ψ.</param>
    public sealed record And(Formula Left, Formula Right) : Formula
    {
        /// <inheritdoc/>
        public override string ToString() => $"({Left} ∧ {Right})";
    }

    /// <summary>φ ∨ ψ.</summary>
    /// <param name="Left">φ.</param>
    /// <param name="Right">ψ.</param>
    public sealed record Or(Formula Left, Formula Right) : Formula
    {
        /// <inheritdoc/>
        public override string ToString() => $"({Left} ∨ {Right})";
    }

    /// <summary>∃≥N v φ: at least N nodes v satisfy φ.</summary>
    /// <param name="Count">N.</param>
    /// <param name="Variable">The variable that is counted over, x or y.</param>
    /// <param name="Body">φ.</param>
    public sealed record AtLeast(int Count, char Variable, Formula Body) : Formula
    {
        /// <inheritdoc/>
        public override string ToString() =>
            (Count == 1 ? $"∃{Variable} " : $"∃≥{Count}{Variable} ") + (Body is Equal ? $"({Body})" : $"{Body}");
    }

    /// <summary>∃[least, most] v φ: at least so many and at most so many nodes v satisfy φ.</summary>
    public static Formula Between(int least, int most, char variable, Formula body) =>
        new And(new AtLeast(least, variable, body), new Not(new AtLeast(most + 1, variable, body)));

    /// <summary>∀v φ, which is ¬∃v ¬φ.</summary>
    public static Formula ForAll(char variable, Formula body) => new Not(new AtLeast(1, variable, new Not(body)));

    /// <summary>Whether a variable occurs outside the reach of its quantifiers.</summary>
    public bool HasFree(char variable) => this switch
    {
        Colour c => c.Variable == variable,
        Edge or Equal => true,
        Not n => n.Part.HasFree(variable),
        And a => a.Left.HasFree(variable) || a.Right.HasFree(variable),
        Or o => o.Left.HasFree(variable) || o.Right.HasFree(variable),
        AtLeast q => q.Variable != variable && q.Body.HasFree(variable),
        _ => false,
    };

    /// <summary>The formula with x for y and y for x, in quantifiers too; it says the same of the other variable.</summary>
    public Formula Swapped() => this switch
    {
        Colour c => c with { Variable = Other(c.Variable) },
        Not n => new Not(n.Part.Swapped()),
        And a => new And(a.Left.Swapped(), a.Right.Swapped()),
        Or o => new Or(o.Left.Swapped(), o.Right.Swapped()),
        AtLeast q => new AtLeast(q.Count, Other(q.Variable), q.Body.Swapped()),
        _ => this,
    };

    /// <summary>y for x, and x for y.</summary>
    internal static char Other(char variable) => variable == 'x' ? 'y' : 'x';

    /// <summary>Whether a node classifier is expressible in graded modal logic as it stands: every quantifier counts
    /// neighbours only, ∃≥N y (E(x, y) ∧ φ(y)).</summary>
    public bool IsGradedModal() => this switch
    {
        Edge or Equal => false,
        Not n => n.Part.IsGradedModal(),
        And a => a.Left.IsGradedModal() && a.Right.IsGradedModal(),
        Or o => o.Left.IsGradedModal() && o.Right.IsGradedModal(),
        AtLeast { Body: And { Left: Edge, Right: var f } } q => !f.HasFree(Other(q.Variable)) && f.IsGradedModal(),
        AtLeast { Body: And { Left: var f, Right: Edge } } q => !f.HasFree(Other(q.Variable)) && f.IsGradedModal(),
        AtLeast { Body: Edge } => true,
        AtLeast => false,
        _ => true,
    };

    /// <summary>Where the formula holds: the model checker, which looks at every pair of nodes.</summary>
    /// <param name="graph">The coloured graph.</param>
    /// <returns>A truth value a node: [N]; all the same where no variable is free.</returns>
    /// <remarks>Every quantifier becomes a table with a truth value a node, parts first: cost O(N² log degree) a
    /// quantifier, memory O(N).</remarks>
    /// <exception cref="ArgumentException">y is free: a node classifier speaks of x.</exception>
    public bool[] Evaluate(ColouredGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        RequireClassifier(this);
        var holds = Check(this, graph);
        return [.. Enumerable.Range(0, graph.Nodes).Select(x => holds(x, x))];
    }

    internal static void RequireClassifier(Formula formula)
    {
        if (formula.HasFree('y'))
            throw new ArgumentException($"y is free in {formula}; a node classifier has x free, and no other "
                + "variable: quantify y, or call it x.", nameof(formula));
    }

    // A test of pairs (x, y); of a formula without x or y that argument is not looked at.
    private static Func<int, int, bool> Check(Formula formula, ColouredGraph graph)
    {
        switch (formula)
        {
            case Colour c:
                int colour = graph.ColourOf(c.Name);
                return c.Variable == 'x' ? (x, _) => graph.Colours[x] == colour : (_, y) => graph.Colours[y] == colour;
            case Edge:
                return graph.Joined;
            case Equal:
                return (x, y) => x == y;
            case Not n:
                var part = Check(n.Part, graph);
                return (x, y) => !part(x, y);
            case And a:
                var (first, second) = (Check(a.Left, graph), Check(a.Right, graph));
                return (x, y) => first(x, y) && second(x, y);
            case Or o:
                var (one, other) = (Check(o.Left, graph), Check(o.Right, graph));
                return (x, y) => one(x, y) || other(x, y);
            case AtLeast q:
                var table = Table(q, Check(q.Body, graph), graph.Nodes);
                return q.Variable == 'y' ? (x, _) => table[x] : (_, y) => table[y];
            default:
                return (_, _) => true;
        }
    }

    // For each node in the place of the variable that is not counted over, whether enough others satisfy the body.
    private static bool[] Table(AtLeast quantifier, Func<int, int, bool> body, int nodes)
    {
        var table = new bool[nodes];
        for (int i = 0; i < nodes; i++)
        {
            int count = 0;
            for (int j = 0; j < nodes && count < quantifier.Count; j++)
                if (quantifier.Variable == 'y' ? body(i, j) : body(j, i)) count++;
            table[i] = count >= quantifier.Count;
        }
        return table;
    }
}
