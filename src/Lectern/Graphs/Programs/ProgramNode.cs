using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lectern.Graphs.Programs;

/// <summary>
/// A node of a program's tree: what it is, its text if it has any, its children in order. Nodes are their own identity;
/// <see cref="Same"/> compares whole trees.
/// </summary>
/// <param name="kind">What it is, such as LessThanExpression.</param>
/// <param name="value">Its text, such as a name or a literal; null where the kind says all.</param>
/// <param name="children">Its children, in order.</param>
/// <remarks>As JSON, for programs of any language: {"kind": "IdentifierName", "value": "i", "children": []}; value and children may be
/// absent.</remarks>
[method: JsonConstructor]
public sealed class ProgramNode(string kind, string? value = null, List<ProgramNode>? children = null)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 1024,
    };

    /// <summary>What it is.</summary>
    public string Kind { get; set; } = kind ?? throw new ArgumentNullException(nameof(kind), "A node of a program wants a kind.");

    /// <summary>Its text, or null.</summary>
    public string? Value { get; set; } = value;

    /// <summary>Its children, in order.</summary>
    public List<ProgramNode> Children { get; } = children ?? [];

    /// <summary>Number of nodes of the tree.</summary>
    [JsonIgnore]
    public int Size => 1 + Children.Sum(child => child.Size);

    /// <summary>All nodes of the tree: each before its children. A node's place in this order is its number.</summary>
    public List<ProgramNode> Preorder()
    {
        var nodes = new List<ProgramNode>();
        void Visit(ProgramNode node)
        {
            nodes.Add(node);
            foreach (var child in node.Children) Visit(child);
        }
        Visit(this);
        return nodes;
    }

    /// <summary>Whether two trees are equal: kinds, values and children in order. Text and layout do not count.</summary>
    public bool Same(ProgramNode other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Kind == other.Kind && Value == other.Value && Children.Count == other.Children.Count
            && Children.Zip(other.Children).All(pair => pair.First.Same(pair.Second));
    }

    /// <summary>A tree of its own with the same content.</summary>
    public ProgramNode Clone() => new(Kind, Value, [.. Children.Select(child => child.Clone())]);

    /// <summary>The tree as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>A tree from JSON.</summary>
    /// <exception cref="ArgumentException">The text is not a tree.</exception>
    public static ProgramNode FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<ProgramNode>(json, Json) ?? throw new JsonException("it is null");
        }
        catch (Exception error) when (error is JsonException or ArgumentNullException)
        {
            throw new ArgumentException("The text is not a program's tree; expected {\"kind\": \"…\", \"value\": \"…\", \"children\": […]}, "
                + $"value and children optional: {error.Message}", nameof(json), error);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => (Value is null ? Kind : $"{Kind} {Value}") + (Children.Count == 0 ? "" : $"({string.Join(", ", Children)})");
}
