using System.Collections;
using System.Globalization;
using Microsoft.DotNet.Interactive.Formatting;
using static TorchSharp.torch;

namespace Lectern.Host.Languages;

/// <summary>A variable in words.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its declared type.</param>
/// <param name="Shape">A tensor's or an array's lengths, how many items a collection has; empty for others.</param>
/// <param name="Value">The head of its value.</param>
internal sealed record VariableText(string Name, string Type, string Shape, string Value)
{
    private const int Width = 80;

    /// <summary>Puts a variable into words.</summary>
    public static VariableText Of(Variable variable)
    {
        var (type, shape) = (CSharpNames.Short(variable.Type), Try(() => ShapeOf(variable.Value)));
        return new(variable.Name, type, shape, Try(() => Head(variable.Value, type, shape)));
    }

    private static string ShapeOf(object? value) => value switch
    {
        Tensor { IsInvalid: false } tensor => $"[{string.Join(", ", tensor.shape)}]",
        Array array => $"[{string.Join(", ", Enumerable.Range(0, array.Rank).Select(array.GetLength))}]",
        string => "",
        ICollection items => string.Create(CultureInfo.InvariantCulture, $"[{items.Count}]"),
        _ => "",
    };

    // Type and shape stand before the value already.
    private static string Head(object? value, params string[] said)
    {
        var text = value.ToDisplayString("text/plain").ReplaceLineEndings(" ");
        foreach (var word in said)
        {
            if (word.Length > 0 && text.StartsWith(word + " ", StringComparison.Ordinal)) text = text[word.Length..].TrimStart();
        }
        return text.Length <= Width ? text : text[..(Width - 1)] + "…";
    }

    private static string Try(Func<string> text)
    {
        try
        {
            return text();
        }
        catch (Exception fault) when (fault is not ThreadAbortException)
        {
            return $"({fault.GetType().Name}: {fault.Message})";
        }
    }
}
