using System.Text.Json.Nodes;
using Lectern.Host.Languages;

namespace Lectern.Host.Editor;

/// <summary>Answers to an editor's questions about code that is being written, as JSON.</summary>
internal static class EditorAnswers
{
    /// <summary>The reply's content.</summary>
    /// <exception cref="FormatException">The question is not known, or lacks something.</exception>
    public static async Task<JsonObject> ToAsync(EditorRequest request, LanguageServices services, CancellationToken cancellation)
    {
        switch (request.Type)
        {
            case "complete":
                var found = await services.CompleteAsync(request.Draft, request.At, cancellation).ConfigureAwait(false);
                return new JsonObject
                {
                    ["start"] = found.Start,
                    ["end"] = found.End,
                    ["items"] = Array(found.Items, item => new() { ["text"] = item.Text, ["kind"] = item.Kind, ["description"] = item.Description }),
                };
            case "hover":
                var help = await services.InspectAsync(request.Draft, request.At, cancellation).ConfigureAwait(false);
                return new JsonObject { ["found"] = help is not null, ["markdown"] = help?.Markdown ?? "" };
            case "signature":
                var call = await services.SignaturesAsync(request.Draft, request.At, cancellation).ConfigureAwait(false);
                return new JsonObject
                {
                    ["signatures"] = Array(call?.Signatures ?? [], one => new()
                    {
                        ["label"] = one.Label,
                        ["documentation"] = one.Summary,
                        ["parameters"] = Array(one.Parameters, part => new() { ["start"] = part.Start, ["end"] = part.End, ["documentation"] = part.Text }),
                    }),
                    ["signature"] = call?.Signature ?? 0,
                    ["parameter"] = call?.Parameter ?? 0,
                };
            case "diagnose":
                return new JsonObject
                {
                    ["problems"] = Array(await services.ProblemsAsync(request.Draft, cancellation).ConfigureAwait(false), problem => new()
                    {
                        ["start"] = problem.Start,
                        ["end"] = problem.End,
                        ["severity"] = problem.IsError ? "error" : "warning",
                        ["code"] = problem.Code,
                        ["message"] = problem.Message,
                    }),
                };
            case "define":
                var place = await services.DefinitionAsync(request.Draft, request.At, cancellation).ConfigureAwait(false);
                return new JsonObject
                {
                    ["places"] = Array<Place>(place is null ? [] : [place], one =>
                    {
                        var json = new JsonObject { ["line"] = one.Lines.Start.Line, ["column"] = one.Lines.Start.Character };
                        if (one.File is null)
                        {
                            json["cell"] = one.Cell;
                        }
                        else
                        {
                            json["file"] = one.File;
                        }
                        return json;
                    }),
                };
            default:
                throw new FormatException($"The request '{request.Type}' is not known.");
        }
    }

    /// <summary>The variables of a session.</summary>
    public static JsonArray Of(IReadOnlyList<VariableText> variables) => Array(variables, variable => new()
    {
        ["name"] = variable.Name, ["type"] = variable.Type, ["shape"] = variable.Shape, ["value"] = variable.Value,
    });

    private static JsonArray Array<T>(IReadOnlyList<T> items, Func<T, JsonObject> json) => new([.. items.Select(json)]);
}
