using System.Globalization;
using System.Text.Json.Nodes;
using Lectern.Charts;
using Lectern.Host.Notebooks;
using Lectern.Host.Pages;
using Lectern.Host.Running;

namespace Lectern.Host.Tests.Browser;

/// <summary>Jupyter Notebook as Debian has it, in Chromium, without a network: what a reader does and sees there.</summary>
[Collection("sessions")]     // they share the machine's two cores
public sealed class ClassicNotebookTests
{
    [Fact]
    public async Task Plots_are_drawn_bars_move_an_endless_loop_stops_and_a_restart_forgets()
    {
        await SkipWhereMissing();
        await using var server = await JupyterServer.StartAsync();
        await using var notebook = await NotebookPage.OpenAsync(server, server.Add("control.ipynb", Notebook.Create()
            .Add(Cell.Code("a", "using Lectern.Charts;\nChart.Line(new[] { 1.0, 2, 3 }, new[] { 3.0, 4.25, 1 }, Name: \"loss\").WithTitle(\"A loss\")"))
            .Add(Cell.Code("b", "using Lectern.Training;\nvar kept = 42;\nusing (var p = Progress.Start(\"count\", 80)) for (var i = 0; i < 80; i++) { await Task.Delay(100); p.Step($\"item {i}\"); }"))
            .Add(Cell.Code("c", "while (true) { }"))
            .Add(Cell.Code("d", "$\"kept {kept}\""))
            .Add(Cell.Code("e", """
                using Lectern.Graphs; using static TorchSharp.torch;
                display(KarateClub.Load().Graph);
                display(randn(34, 20));
                display(new[] { (Name: "GCN", Score: 81.5), ("GIN", 79.25) });
                new AggregateException("outside", new IOException("<b>inside</b>"))
                """)).ToString()));
        await notebook.RunAsync(0);
        var plot = notebook.Cell(0).Locator(".js-plotly-plot");
        await plot.Locator(".main-svg .scatterlayer .trace").First.WaitForAsync();
        Assert.Contains("4.25", await notebook.HoverAsync(plot, ".nsewdrag", down: 0.05));
        await notebook.KeepAsync("notebook-hover");

        await notebook.ChooseAsync("celllink", "run_all_cells");
        var bar = notebook.Cell(1).Locator("progress");
        await bar.WaitForAsync();
        await notebook.Cell(1).ScrollIntoViewIfNeededAsync();
        var positions = new List<double>();
        while (positions is not [.., 1])
        {
            positions.Add(await bar.EvaluateAsync<double>("bar => bar.value"));
            if (positions.Count == 10)
            {
                await notebook.KeepAsync("notebook-progress");
            }
            await Task.Delay(100);
            Assert.True(positions.Count < 1200, $"the bar stands at {positions[^1]}");
        }
        Assert.Equal(positions.Order(), positions);
        Assert.True(positions.Distinct().Count() >= 5, string.Join(" ", positions.Distinct()));
        Assert.Matches(@"^count  80/80  \S+  in .+  item 79$", (await notebook.Cell(1).Locator(".lectern-progress").InnerTextAsync()).Trim());

        await notebook.WaitForAsync("() => Jupyter.notebook.kernel_busy && Jupyter.notebook.get_cell(1).input_prompt_number !== '*'");
        await Task.Delay(1500);
        Assert.Equal("*", await Prompt(notebook, 2));
        await notebook.PressAsync("interrupt-kernel");
        // The kernel is to take two seconds at most; the rest is for a machine that has other work.
        await notebook.WaitUntilIdleAsync(20);
        Assert.Contains("interrupted", await notebook.Cell(2).Locator(".output_error").InnerTextAsync());
        await notebook.RunAsync(3);
        await notebook.WaitUntilIdleAsync(60);
        Assert.Equal("kept 42", (await notebook.Cell(3).Locator(".output_result").InnerTextAsync()).Trim());
        await notebook.KeepAsync("notebook-interrupted");

        await notebook.PressAsync("confirm-restart-kernel");
        await notebook.Page.Locator(".modal-footer .btn-danger").ClickAsync();
        await notebook.Page.Locator(".modal").WaitForAsync(new() { State = Microsoft.Playwright.WaitForSelectorState.Hidden });
        await notebook.WaitForAsync("() => Jupyter.notebook.kernel.is_connected() && !Jupyter.notebook.kernel_busy");
        await notebook.RunAsync(3);
        await notebook.Cell(3).Locator(".output_error").WaitForAsync();
        Assert.Contains("'kept'", await notebook.Cell(3).Locator(".output_error").InnerTextAsync());
        await notebook.RunAsync(0);
        await notebook.WaitUntilIdleAsync(60);
        Assert.Equal("2", await Prompt(notebook, 0));
        await plot.Locator(".main-svg .scatterlayer .trace").First.WaitForAsync();
        await notebook.KeepAsync("notebook-restarted");

        await notebook.RunAsync(4);
        await notebook.WaitUntilIdleAsync(60);
        Assert.Equal(34, await notebook.Cell(4).Locator("svg circle").CountAsync());
        Assert.Equal(20, await notebook.Cell(4).Locator("svg rect").CountAsync());
        Assert.Contains("<b>inside</b>", await notebook.Cell(4).Locator(".output_result").InnerTextAsync());
        await notebook.Cell(4).Locator(".output_result").ScrollIntoViewIfNeededAsync();
        await notebook.KeepAsync("notebook-values");
        Assert.Empty(notebook.Elsewhere);
    }

    [Fact]
    public async Task A_lesson_runs_from_its_first_cell_to_its_last_and_every_figure_of_it_is_drawn()
    {
        await SkipWhereMissing();
        var lesson = Notebook.Read(Path.Combine(Checkout.Notebooks, "1-theory", "OverSmoothing.ipynb"));
        var figures = lesson.Cells.SelectMany(c => c.Outputs.OfType<JsonObject>()).Count(o => o["data"]?[Figure.MimeType] is not null);
        Assert.True(figures >= 5, $"the lesson is published with {figures} figures");
        foreach (var cell in lesson.Cells.Where(c => c.Kind == CellKind.Code))
        {
            (cell.Outputs, cell.ExecutionCount) = ([], null);
        }
        await using var server = await JupyterServer.StartAsync();
        await using var notebook = await NotebookPage.OpenAsync(server, server.Add("OverSmoothing.ipynb", lesson.ToString()));
        await notebook.KeepAsync("lesson-opened");
        await notebook.ChooseAsync("celllink", "run_all_cells");
        await notebook.WaitUntilIdleAsync(900);
        Assert.Empty(await notebook.Page.Locator(".output_error").AllInnerTextsAsync());
        await notebook.WaitForAsync(string.Create(CultureInfo.InvariantCulture,
            $"() => document.querySelectorAll('.js-plotly-plot .main-svg').length >= {figures} && !document.querySelector('.lectern-missing')"));

        var plots = notebook.Page.Locator(".js-plotly-plot");
        Assert.Equal(figures, await plots.CountAsync());
        for (var i = 0; i < figures; i++)
        {
            await plots.Nth(i).ScrollIntoViewIfNeededAsync();
            if (i % 4 == 0)
            {
                await notebook.KeepAsync($"lesson-plot-{i}");
            }
        }
        var bars = notebook.Page.Locator(".js-plotly-plot:has(.barlayer .point)").First;
        Assert.Matches(@"\d", await notebook.HoverAsync(bars, ".barlayer .point path"));
        await notebook.KeepAsync("lesson-hover");
        Assert.Empty(notebook.Elsewhere);
    }

    private static async Task SkipWhereMissing()
    {
        Assert.SkipWhen(Chromium.Find() is null, Chromium.Missing);
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the classic notebook is Debian's");
        var missing = await JupyterServer.MissingAsync();
        Assert.SkipWhen(missing is not null, missing ?? "");
    }

    private static async Task<string> Prompt(NotebookPage notebook, int cell) =>
        await notebook.Page.EvaluateAsync<string>("cell => String(Jupyter.notebook.get_cell(cell).input_prompt_number)", cell);
}
