using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lectern.Host.Engine;
using Lectern.Host.Notebooks;
using Lectern.Host.Running;
using Lectern.Training;

namespace Lectern.Host.Tests.Jupyter;

/// <summary>The runner without a front end and the Jupyter kernel give a notebook the same outputs.</summary>
[Collection("sessions")]
public sealed partial class OneEngineTests
{
    [Fact]
    public async Task Each_kind_of_output_is_the_same_both_ways()
    {
        string[] cells =
        [
            "using Lectern.Charts; using Lectern.Graphs; using TorchSharp;",
            "Console.WriteLine(\"out\"); Console.Error.WriteLine(\"err\"); Console.Write(\"out again\");",
            "var shown = display(\"first\"); display(HTML(\"<b>bold</b>\")); 1 + 1",
            "shown.Update(\"second\"); new[] { (Name: \"a\", Size: 1), (Name: \"b\", Size: 2) }",
            "torch.manual_seed(1); torch.rand(3, 4)",
            "Chart.Line(new[] { 1.0, 2 }, new[] { 3.0, 4 })",
            "Enumerable.Range(0, 3).Select(i => new { i, Square = i * i })",
            "var none = (string)null; none",
            "await Task.Delay(1); Lectern.Training.Progress.Over(\"count\", Enumerable.Range(0, 3)).Sum()",
            "#!html\n<i>html</i>",
            "throw new InvalidOperationException(\"an <error>\");",
        ];
        var notebook = Notebook.Create();
        for (var i = 0; i < cells.Length; i++)
        {
            notebook.Add(Cell.Code($"cell-{i}", cells[i]));
        }
        await Compare(notebook, Path.GetTempPath());
    }

    [Fact]
    public Task A_whole_lesson_is_the_same_both_ways()
    {
        var path = Path.Combine(Checkout.Root, "notebooks", "0-foundations", "MessagePassing.ipynb");
        return Compare(Notebook.Read(path), Path.GetDirectoryName(path)!);
    }

    private static async Task Compare(Notebook notebook, string folder)
    {
        FrontEnd.SkipUnlessPossible();
        // The runner shows progress on its own terminal; the kernel shows it as outputs, which are left out below.
        var sink = Progress.Sink;
        Progress.Sink = new EventProgressSink(_ => { });
        try
        {
            await NotebookRun.ExecuteAsync(notebook, "both", folder, cellSeconds: 300);
        }
        finally
        {
            Progress.Sink = sink;
        }
        // As many threads: sums over other parts end in other digits.
        using var kernel = new FrontEnd(environment: ("LECTERN_THREADS", $"{TorchSharp.torch.get_num_threads()}"));
        var displays = new Dictionary<string, JsonObject>();
        var code = notebook.Cells.Where(c => c.Kind == CellKind.Code && !string.IsNullOrWhiteSpace(c.Source)).ToList();
        var received = code.Select(cell => Replay(kernel.Run(cell.Source).Outputs, displays)).ToList();
        for (var i = 0; i < code.Count; i++)
        {
            Assert.Equal(Written(code[i].Outputs), Written(received[i].ToJson()));
        }
    }

    // The messages, put together by the same rules by which the runner puts a notebook's outputs together.
    private static CellOutputs Replay(IEnumerable<KernelMessage> messages, Dictionary<string, JsonObject> displays)
    {
        var outputs = new CellOutputs(displays);
        foreach (var message in messages)
        {
            var id = message.Content["transient"]?["display_id"]?.ToString() ?? "";
            switch (message.Type)
            {
                case "stream": outputs.Stream(message["name"]!, message["text"]!); break;
                case "display_data": outputs.Display(Bundle(message), id); break;
                case "update_display_data": outputs.Update(Bundle(message), id); break;
                case "execute_result": outputs.Result(Bundle(message), (int)message.Content["execution_count"]!); break;
                case "clear_output": outputs.Clear((bool)message.Content["wait"]!); break;
                case "error":
                    outputs.Error(new CellError(
                        message["ename"]!, message["evalue"]!, [.. message.Content["traceback"]!.AsArray().Select(line => $"{line}")]));
                    break;
                default: Assert.Fail($"no notebook keeps a {message.Type}"); break;
            }
        }
        return outputs;
    }

    private static MimeBundle Bundle(KernelMessage message) => message.Content["data"]!.AsObject()
        .Aggregate(new MimeBundle(), (bundle, form) => bundle.With(form.Key, form.Value!.DeepClone()));

    // What tells times keeps its words and loses its numbers, signs too: a slope fitted to noise may fall.
    private static string Written(JsonArray outputs) => string.Join("\n", outputs
        .Select(output => output!.ToJsonString())
        .Where(text => !text.Contains("lectern-progress", StringComparison.Ordinal))
        .Select(text => Times.Any(word => text.Contains(word, StringComparison.Ordinal)) ? Number().Replace(text, "#") : text));

    // The second heads a column that is there where Cora is.
    private static readonly string[] Times = ["processor time", "Seconds"];

    [GeneratedRegex(@"-?\d+(\.\d+)?([eE][-+]?\d+)?")]
    private static partial Regex Number();
}
