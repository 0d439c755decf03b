using System.Text.Json.Nodes;
using Lectern.Host.Notebooks;

namespace Lectern.Host.Engine;

/// <summary>One value in all the forms that a front end may choose from, by MIME type.</summary>
internal sealed class MimeBundle
{
    private readonly SortedDictionary<string, JsonNode> forms = new(StringComparer.Ordinal);

    /// <summary>The forms in ordinal order of their types; text as a string, JSON types as JSON.</summary>
    public IReadOnlyDictionary<string, JsonNode> Forms => forms;

    /// <summary>Adds a form that is text.</summary>
    public MimeBundle With(string mimeType, string text) => With(mimeType, JsonValue.Create(text));

    /// <summary>Adds a form, in place of an earlier one of the same type.</summary>
    public MimeBundle With(string mimeType, JsonNode content)
    {
        forms[mimeType] = content;
        return this;
    }

    /// <summary>The bundle as nbformat stores it: text in lines, JSON with sorted members.</summary>
    public JsonObject ToJson() => new(forms.Select(form => KeyValuePair.Create(
        form.Key,
        form.Value is JsonValue value && value.TryGetValue<string>(out var text)
            ? form.Key.StartsWith("text/", StringComparison.Ordinal) || form.Key is "image/svg+xml" or "application/javascript"
                ? NotebookJson.Lines(text)
                : JsonValue.Create(text)
            : NotebookJson.Sorted(form.Value))));
}
