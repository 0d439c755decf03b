using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Lectern.Graphs.Programs;

/// <summary>What a node of a <see cref="TypeGraph"/> stands for.</summary>
public enum TypeNodeKind
{
    /// <summary>The unknown type of a declaration or of an expression.</summary>
    Variable,

    /// <summary>A type that the project declares.</summary>
    Class,

    /// <summary>A type or a name from outside the project.</summary>
    Library,
}

/// <summary>What a hyperedge says of its nodes.</summary>
public enum TypeEdgeKind
{
    /// <summary>(left, right): the right is put into the left, or returned by it.</summary>
    Assign,

    /// <summary>(sub, super): a branch and the whole, what is cast and what it becomes.</summary>
    Subtype,

    /// <summary>(one, other): of the same type.</summary>
    Equal,

    /// <summary>(class, base).</summary>
    Inherit,

    /// <summary>(variable, type): a literal or a constructor's result says the type.</summary>
    Fixed,

    /// <summary>(variable): used as a condition.</summary>
    Boolean,

    /// <summary>(function, parameters …, result): declared.</summary>
    Function,

    /// <summary>(function, arguments …, result): called.</summary>
    Call,

    /// <summary>(class, members …), with the members' names.</summary>
    Object,

    /// <summary>(object, result), with the name of the member.</summary>
    Access,
}

/// <summary>A node: a type that is known or wanted.</summary>
/// <param name="Kind">What it stands for.</param>
/// <param name="Name">Its name; null for an expression.</param>
/// <param name="Role">What is declared, such as parameter, for the reader; null for an expression.</param>
/// <param name="Type">The true type, if it is the library's: the answer, not part of the question.</param>
/// <param name="Class">The node of the true type, if the project declares it.</param>
public sealed record TypeNode(TypeNodeKind Kind, string? Name = null, string? Role = null, string? Type = null, int? Class = null)
{
    /// <summary>Whether the true type is known.</summary>
    [JsonIgnore]
    public bool HasType => Type is not null || Class is not null;
}

/// <summary>A logical hyperedge.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Nodes">Its nodes, in the order that the kind names.</param>
/// <param name="Labels">For <see cref="TypeEdgeKind.Object"/> a name each member, for <see cref="TypeEdgeKind.Access"/> one; otherwise null.</param>
public sealed record TypeEdge(TypeEdgeKind Kind, IReadOnlyList<int> Nodes, IReadOnlyList<string>? Labels = null);

/// <summary>
/// A project's types as a hypergraph (LambdaNet, section 3): type variables, declared and library types, and what the program says of
/// them. What names and usages suggest follows from it and is not stored.
/// </summary>
/// <remarks>As JSON, for programs of any language: {"nodes": [{"kind": "Variable", "name": "count", "type": "int"}, {"kind": "Class",
/// "name": "Tree"}, {"kind": "Variable", "name": "root", "class": 1}], "edges": [{"kind": "Access", "nodes": [2, 0], "labels": ["Count"]}]};
/// name, role, type, class and labels may be absent.</remarks>
public sealed partial class TypeGraph
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = { new JsonStringEnumConverter() },
    };

    /// <param name="nodes">The nodes; a node's place is its number.</param>
    /// <param name="edges">What the program says of them.</param>
    /// <exception cref="ArgumentException">A class or a library node has no name, an edge the wrong number of nodes or labels, or a number is no node's.</exception>
    [JsonConstructor]
    public TypeGraph(IReadOnlyList<TypeNode> nodes, IReadOnlyList<TypeEdge> edges)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(edges);
        (Nodes, Edges) = (nodes, edges);
        for (int v = 0; v < nodes.Count; v++)
        {
            if (nodes[v].Kind != TypeNodeKind.Variable && nodes[v].Name is null)
                throw new ArgumentException($"Node {v} ({nodes[v].Kind}) has no name; only variables may be without.", nameof(nodes));
            if (nodes[v].Class is { } c && ((uint)c >= (uint)nodes.Count || nodes[c].Kind != TypeNodeKind.Class))
                throw new ArgumentException($"Node {v} has the type of node {c}, which is no class among the nodes 0 to {nodes.Count - 1}.", nameof(nodes));
        }
        for (int e = 0; e < edges.Count; e++)
        {
            var (kind, ends, labels) = edges[e];
            string expected = kind switch
            {
                TypeEdgeKind.Boolean => ends.Count == 1 ? "" : "1 node",
                TypeEdgeKind.Object => ends.Count > 0 && (labels?.Count ?? 0) == ends.Count - 1 ? "" : "a class, and a label for each member",
                TypeEdgeKind.Access => ends.Count == 2 && labels?.Count == 1 ? "" : "2 nodes and 1 label",
                TypeEdgeKind.Function or TypeEdgeKind.Call => ends.Count >= 2 ? "" : "at least 2 nodes",
                _ => ends.Count == 2 ? "" : "2 nodes",
            };
            if (expected.Length > 0)
                throw new ArgumentException($"Edge {e} ({kind}) has {ends.Count} nodes and {labels?.Count ?? 0} labels; it wants {expected}.", nameof(edges));
            foreach (int v in ends)
                if ((uint)v >= (uint)nodes.Count)
                    throw new ArgumentException($"Edge {e} ({kind}) names node {v}; the nodes are 0 to {nodes.Count - 1}.", nameof(edges));
        }
    }

    /// <summary>The nodes.</summary>
    public IReadOnlyList<TypeNode> Nodes { get; }

    /// <summary>The logical hyperedges.</summary>
    public IReadOnlyList<TypeEdge> Edges { get; }

    /// <summary>The numbers of the nodes whose true type is known.</summary>
    [JsonIgnore]
    public IReadOnlyList<int> Declarations => [.. Enumerable.Range(0, Nodes.Count).Where(v => Nodes[v].HasType)];

    /// <summary>The true type's name.</summary>
    public string? TypeOf(int node) => Nodes[node].Class is { } c ? Nodes[c].Name : Nodes[node].Type;

    /// <summary>A name's words, in lower case, each once: split where case changes and at all that is no letter. Digits do not count.</summary>
    public static IReadOnlyList<string> Words(string? name) =>
        name is null ? [] : [.. Word().Matches(name).Select(match => match.Value.ToLowerInvariant()).Distinct()];

    /// <summary>The graph as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>A graph from JSON.</summary>
    /// <exception cref="ArgumentException">The text is not such a graph.</exception>
    public static TypeGraph FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<TypeGraph>(json, Json) ?? throw new JsonException("it is null");
        }
        catch (Exception error) when (error is JsonException or ArgumentNullException)
        {
            throw new ArgumentException("The text is not a type graph; expected {\"nodes\": [{\"kind\": \"Variable\", …}], \"edges\": "
                + $"[{{\"kind\": \"Assign\", \"nodes\": [0, 1]}}]}}: {error.Message}", nameof(json), error);
        }
    }

    [GeneratedRegex(@"\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}]+")]
    private static partial Regex Word();
}
