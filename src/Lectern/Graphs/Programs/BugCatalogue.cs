using Microsoft.CodeAnalysis.CSharp;
using static Microsoft.CodeAnalysis.CSharp.SyntaxKind;

namespace Lectern.Graphs.Programs;

/// <summary>A program with a bug, and what mends it.</summary>
/// <param name="Name">Which of the catalogue's; "none" for a program that is right.</param>
/// <param name="Buggy">The program as found.</param>
/// <param name="Fixed">The program as it was.</param>
/// <param name="Fix">Edits that make the second of the first.</param>
public sealed record ProgramBug(string Name, ProgramNode Buggy, ProgramNode Fixed, IReadOnlyList<TreeEdit> Fix)
{
    /// <summary>A program in which nothing is wrong.</summary>
    public static ProgramBug None(ProgramNode program) => new("none", program, program, []);
}

/// <summary>
/// Bugs as people make them, put into C# that had none: each changes one place so that the program still parses, and the rest
/// of the method is what tells.
/// </summary>
public static class BugCatalogue
{
    private const string Name = nameof(IdentifierName), Number = nameof(NumericLiteralExpression), Not = nameof(LogicalNotExpression);

    private static readonly (SyntaxKind, SyntaxKind)[] Confused =
    [
        (LessThanExpression, LessThanOrEqualExpression), (GreaterThanExpression, GreaterThanOrEqualExpression),
        (EqualsExpression, NotEqualsExpression), (AddExpression, SubtractExpression),
        (LogicalAndExpression, LogicalOrExpression), (PostIncrementExpression, PostDecrementExpression),
        (AddAssignmentExpression, SubtractAssignmentExpression), (MultiplyExpression, DivideExpression),
    ];

    private static readonly Dictionary<string, string> Mistaken = Confused.SelectMany(pair => new[] { pair, (pair.Item2, pair.Item1) })
        .ToDictionary(pair => pair.Item1.ToString(), pair => pair.Item2.ToString());

    // Where a bug of a sort can be put, each place as the change that puts it.
    private static readonly Dictionary<string, Func<Places, Random, IEnumerable<Action>>> Sorts = new()
    {
        // "And" and "or" bind differently: among their like, the text would be another tree.
        ["wrong operator"] = (program, _) => from node in program.Nodes where Mistaken.ContainsKey(node.Kind)
                                             where !IsLogical(node) || !node.Children.Append(program.Parents[node]).Any(IsLogical)
                                             select (Action)(() => node.Kind = Mistaken[node.Kind]),
        ["wrong variable"] = (program, random) => from node in program.Nodes where program.IsUse(node)
                                                  let others = program.Used.Where(name => name != node.Value).ToList() where others.Count > 0
                                                  select (Action)(() => node.Value = others[random.Next(others.Count)]),
        ["off-by-one literal"] = (program, random) => from node in program.Nodes
                                                      where node.Kind == Number && node.Value!.Length < 5 && node.Value.All(char.IsAsciiDigit)
                                                      let number = int.Parse(node.Value!) select (Action)(() => node.Value = $"{(number == 0 || random.Next(2) == 0 ? number + 1 : number - 1)}"),
        ["swapped arguments"] = (program, _) => from list in program.Nodes where list.Kind == nameof(ArgumentList)
                                                from i in Enumerable.Range(0, Math.Max(list.Children.Count - 1, 0)) let pair = (First: list.Children[i], Second: list.Children[i + 1])
                                                where !pair.First.Same(pair.Second)
                                                select (Action)(() => (list.Children[i], list.Children[i + 1]) = (pair.Second, pair.First)),
        ["missing argument"] = (program, _) => from list in program.Nodes where list.Kind == nameof(ArgumentList) && list.Children.Count > 1
                                               select (Action)(() => list.Children.RemoveAt(list.Children.Count - 1)),
        // "Is not T" is left alone: "is T" would be another sort of node.
        ["missing negation"] = (program, _) => from node in program.Nodes
                                               where node.Kind == Not || (node.Kind == nameof(NotPattern) && node.Children[0].Kind == nameof(NullLiteralExpression))
                                               select (Action)(() => program.Replace(node, node.Children[0])),
        ["extra negation"] = (program, _) => from node in program.Nodes where node.Kind is nameof(IfStatement) or nameof(WhileStatement)
                                             let condition = node.Children[0] where condition.Kind is Name or nameof(InvocationExpression) or nameof(SimpleMemberAccessExpression)
                                             select (Action)(() => node.Children[0] = new ProgramNode(Not, null, [condition])),
        ["missing statement"] = (program, _) => from block in program.Nodes where block.Kind == nameof(Block) && block.Children.Count > 1
                                                from statement in block.Children
                                                where statement.Kind is nameof(ExpressionStatement) or nameof(ReturnStatement) or nameof(BreakStatement) or nameof(ContinueStatement)
                                                select (Action)(() => block.Children.Remove(statement)),
        ["extra call"] = (program, _) => from block in program.Nodes where block.Kind == nameof(Block)
                                         from statement in block.Children where statement.Kind == nameof(ExpressionStatement)
                                         select (Action)(() => block.Children.Insert(block.Children.IndexOf(statement), statement.Clone())),
    };

    private static bool IsLogical(ProgramNode node) => node.Kind is nameof(LogicalAndExpression) or nameof(LogicalOrExpression);

    /// <summary>The sorts of bug, by name.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Sorts.Keys];

    /// <summary>Puts a bug into a program.</summary>
    /// <param name="program">A method that is right; it stays as it is.</param>
    /// <param name="name">Which sort.</param>
    /// <param name="random">Where, and how.</param>
    /// <param name="mostEdits">How many edits may mend it.</param>
    /// <returns>The bug; null where the program has no place for one of the sort that so few edits mend.</returns>
    /// <exception cref="ArgumentException">The catalogue has no such sort.</exception>
    public static ProgramBug? Inject(ProgramNode program, string name, Random random, int mostEdits = 3)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(random);
        if (!Sorts.TryGetValue(name, out var sort))
            throw new ArgumentException($"There is no bug '{name}' in the catalogue; there are: {string.Join(", ", Names)}.", nameof(name));
        var buggy = program.Clone();
        Action[] places = [.. sort(new Places(buggy), random)];
        if (places.Length == 0) return null;
        places[random.Next(places.Length)]();
        if (buggy.Same(program)) return null;
        var fix = TreeEdit.Between(buggy, program);
        return fix.Count <= mostEdits ? new ProgramBug(name, buggy, program, fix) : null;
    }

    // What the sorts ask of a program.
    private sealed class Places
    {
        internal Places(ProgramNode root)
        {
            Nodes = root.Preorder();
            foreach (var node in Nodes)
                foreach (var child in node.Children) Parents[child] = node;
            declared = [.. Nodes.Select(Declared).OfType<string>()];
            Used = [.. Nodes.Where(IsUse).Select(node => node.Value!).Distinct()];
        }

        private readonly HashSet<string> declared;

        internal List<ProgramNode> Nodes { get; }

        internal Dictionary<ProgramNode, ProgramNode> Parents { get; } = [];

        // Locals and parameters that are read or written somewhere.
        internal List<string> Used { get; }

        internal bool IsUse(ProgramNode node) => node.Kind == Name && declared.Contains(node.Value!)
            && !(Parents[node].Kind == nameof(SimpleMemberAccessExpression) && Parents[node].Children[0] != node)
            && Parents[node].Kind is not (nameof(NameColon) or nameof(NameEquals));

        internal void Replace(ProgramNode node, ProgramNode by) => Parents[node].Children[Parents[node].Children.IndexOf(node)] = by;

        private string? Declared(ProgramNode node) => node.Kind switch
        {
            nameof(SyntaxKind.Parameter) or nameof(VariableDeclarator) or nameof(SingleVariableDesignation) when node.Value is not null => node.Value,
            "Identifier" when Parents[node].Kind is nameof(SyntaxKind.Parameter) or nameof(VariableDeclarator) or nameof(ForEachStatement)
                => node.Value,
            _ => null,
        };
    }
}
