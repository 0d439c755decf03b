using System.Text;
using System.Text.Json.Nodes;
using Lectern.Host.Engine;

namespace Lectern.Host.Notebooks;

/// <summary>Collects a running cell's outputs in the form in which a notebook file keeps them.</summary>
/// <param name="displays">The notebook's outputs that can be updated, by name; shared by its cells.</param>
internal sealed class CellOutputs(Dictionary<string, JsonObject> displays) : ICellOutput
{
    private readonly Lock gate = new();
    private readonly List<object> outputs = [];     // JsonObject, or StreamText while it may still grow
    private bool clearNext;

    /// <summary>The outputs so far, in order.</summary>
    public JsonArray ToJson()
    {
        lock (gate)
        {
            return new JsonArray([.. outputs.Select(output => output is StreamText stream ? stream.ToJson() : ((JsonNode)output).DeepClone())]);
        }
    }

    /// <inheritdoc/>
    public void Stream(string name, string text)
    {
        lock (gate)
        {
            ClearIfDue();
            if (outputs.LastOrDefault() is not StreamText stream || stream.Name != name)
            {
                outputs.Add(stream = new StreamText(name));
            }
            stream.Text.Append(text);
        }
    }

    /// <inheritdoc/>
    public void Display(MimeBundle bundle, string id)
    {
        var output = new JsonObject { ["data"] = bundle.ToJson(), ["metadata"] = new JsonObject(), ["output_type"] = "display_data" };
        lock (gate)
        {
            displays[id] = output;
            Add(output);
        }
    }

    /// <inheritdoc/>
    public void Update(MimeBundle bundle, string id)
    {
        lock (gate)
        {
            if (displays.TryGetValue(id, out var output))
            {
                output["data"] = bundle.ToJson();
            }
        }
    }

    /// <inheritdoc/>
    public void Result(MimeBundle bundle, int number)
    {
        lock (gate)
        {
            Add(new JsonObject
            {
                ["data"] = bundle.ToJson(),
                ["execution_count"] = number,
                ["metadata"] = new JsonObject(),
                ["output_type"] = "execute_result",
            });
        }
    }

    /// <inheritdoc/>
    public void Error(CellError error)
    {
        lock (gate)
        {
            Add(new JsonObject
            {
                ["ename"] = error.Name,
                ["evalue"] = error.Message,
                ["output_type"] = "error",
                ["traceback"] = new JsonArray([.. error.Traceback.Select(line => JsonValue.Create(line))]),
            });
        }
    }

    /// <inheritdoc/>
    public void Clear(bool wait)
    {
        lock (gate)
        {
            clearNext = wait;
            if (!wait)
            {
                outputs.Clear();
            }
        }
    }

    /// <inheritdoc/>
    public string? ReadLine(string prompt, bool password) => throw new InvalidOperationException(
        "This cell asks for a line of input, and nobody is there to type it: open the notebook in Jupyter or VS Code, " +
        "or let the cell take the text from a variable.");

    // An output has come after a Clear that was to wait for it.
    private void Add(object output)
    {
        ClearIfDue();
        outputs.Add(output);
    }

    private void ClearIfDue()
    {
        if (clearNext)
        {
            clearNext = false;
            outputs.Clear();
        }
    }

    private sealed record StreamText(string Name)
    {
        public StringBuilder Text { get; } = new();

        public JsonObject ToJson() => new()
        {
            ["name"] = Name,
            ["output_type"] = "stream",
            ["text"] = NotebookJson.Lines(Text.ToString()),
        };
    }
}
