using System.Reflection.Metadata;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Lectern.Host.Languages;

/// <summary>The cells that others go on from, in order, without those that nothing can name any more.</summary>
/// <remarks>
/// A cell that is run again and again would otherwise be kept, compiled and loaded, as often. What is taken out of the chain
/// lives on as long as something of it is in use: a value, a closure, a thread.
/// </remarks>
internal sealed class CellChain
{
    // To look costs as much as all the cells' names, and to take one out what it costs to bind those after it once more.
    private const int FirstLook = 50;

    // What cells use without naming it; both are keywords, so that no cell declares a thing of such a name.
    private const string Imports = "using";
    private const string Extensions = "this";

    private readonly List<Submission> cells = [];
    private int nextLook = FirstLook;

    /// <summary>The cells.</summary>
    public IReadOnlyList<Submission> Cells => cells;

    /// <summary>Lets later cells go on from one more.</summary>
    public void Add(Submission cell) => cells.Add(cell);

    /// <summary>Now and then: takes out the cells of which all that they declare has been declared anew.</summary>
    /// <returns>Those that were taken out.</returns>
    public IReadOnlyList<Submission> Forget()
    {
        if (cells.Count < nextLook)
        {
            return [];
        }
        var needed = Needed();
        var first = Array.IndexOf(needed, false);
        var gone = cells.Where((_, i) => !needed[i]).ToList();
        if (first < 0 || gone.Count < (cells.Count - first) / 2)
        {
            nextLook = 2 * cells.Count;
            return [];
        }
        var stay = cells.Where((_, i) => needed[i]).ToList();
        for (var i = first; i < stay.Count; i++)
        {
            stay[i].Follow(stay[i - 1].Compilation);
        }
        cells.Clear();
        cells.AddRange(stay);
        nextLook = Math.Max(FirstLook, 2 * cells.Count);
        return gone;
    }

    // Begins with what the next cell could name, and goes on to what that was compiled with.
    private bool[] Needed()
    {
        var declared = new Dictionary<string, List<(int Cell, string Key)>>();
        for (var i = 0; i < cells.Count; i++)
        {
            foreach (var (name, key) in Declared(i))
            {
                if (!declared.TryGetValue(name, out var same))
                {
                    declared[name] = same = [];
                }
                same.Add((i, key));
            }
        }
        var needed = new bool[cells.Count];
        var open = new Stack<int>();
        void Need(int cell)
        {
            if (!needed[cell])
            {
                needed[cell] = true;
                open.Push(cell);
            }
        }
        void Look(int from, IEnumerable<string> names)
        {
            foreach (var name in names)
            {
                var hidden = new HashSet<string>();
                foreach (var (cell, key) in declared.GetValueOrDefault(name, []).AsEnumerable().Reverse())
                {
                    if (cell <= from && hidden.Add(key))
                    {
                        Need(cell);
                    }
                }
            }
        }
        Look(cells.Count, declared.Keys);
        for (var i = 0; i < cells.Count; i++)
        {
            if (i == 0 || BringsReferences(cells[i].Compilation))
            {
                Need(i);
            }
        }
        while (open.TryPop(out var cell))
        {
            Look(cell, Mentioned(cells[cell].Compilation));
            if (IsFixed(cells[cell]))
            {
                Enumerable.Range(0, cell).ToList().ForEach(Need);
            }
        }
        return needed;
    }

    // A name with what a later one must equal to hide it: a method hides none of other parameters, a type none of another
    // number of arguments.
    private IEnumerable<(string Name, string Key)> Declared(int cell)
    {
        var compilation = cells[cell].Compilation;
        foreach (var import in compilation.SyntaxTrees.SelectMany(tree => tree.GetCompilationUnitRoot().Usings))
        {
            yield return (Imports, import.ToString());
        }
        foreach (var member in compilation.ScriptClass!.GetMembers().Where(member => !member.IsImplicitlyDeclared))
        {
            var key = member switch
            {
                IMethodSymbol method => KeyOf(method, cell),
                INamedTypeSymbol type => type.MetadataName + " type",
                _ => "",
            };
            yield return (member.Name, key);
            if (member is IMethodSymbol { IsExtensionMethod: true })
            {
                yield return (Extensions, member.Name + key);
            }
        }
    }

    // Where parameters are of types that cells declare, equal names do not mean equal types.
    private static string KeyOf(IMethodSymbol method, int cell)
    {
        var parameters = method.GetDocumentationCommentId()![(2 + method.ContainingType.Name.Length)..];
        return parameters.Contains($"{method.ContainingType.Name}.", StringComparison.Ordinal) ? $"{parameters} of {cell}" : parameters;
    }

    // More than it uses, since names of other things' members are among them; never less.
    private static HashSet<string> Mentioned(CSharpCompilation compilation) =>
    [
        Imports, Extensions,
        .. compilation.SyntaxTrees.SelectMany(tree => tree.GetRoot().DescendantTokens(descendIntoTrivia: true))
            .Where(token => token.IsKind(SyntaxKind.IdentifierToken))
            .Select(token => token.ValueText),
    ];

    private static bool BringsReferences(CSharpCompilation compilation) =>
        compilation.ExternalReferences.Length > 0 || compilation.SyntaxTrees.Any(tree => tree.GetRoot().ContainsDirectives);

    // The compiler names types without a name by the number of the cell in the chain.
    private static unsafe bool IsFixed(Submission cell)
    {
        if (BringsReferences(cell.Compilation))
        {
            return true;
        }
        if (cell.Assembly is not { } assembly || !assembly.TryGetRawMetadata(out var blob, out var length))
        {
            return false;
        }
        var metadata = new MetadataReader(blob, length);
        return metadata.TypeDefinitions.Select(type => metadata.GetTypeDefinition(type).Name)
            .Concat(metadata.TypeReferences.Select(type => metadata.GetTypeReference(type).Name))
            .Select(metadata.GetString)
            .Any(name => name.StartsWith("<>f__Anonymous", StringComparison.Ordinal)
                || name.StartsWith("<>A{", StringComparison.Ordinal)
                || name.StartsWith("<>F{", StringComparison.Ordinal));
    }
}
