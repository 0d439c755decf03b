using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Lectern.Charts;
using Lectern.Host.Notebooks;
using Lectern.Host.Pages;
using Lectern.Host.Running;
using Lectern.Host.Tests.Setup;

namespace Lectern.Host.Tests.Pages;

/// <summary>Pictures of figures: there for readers that cannot draw, small, and the same each time.</summary>
[Collection("sessions")]     // they share the ambient token and the progress sink
public sealed class FigurePicturesTests
{
    [Fact]
    public async Task Publishing_puts_a_picture_beside_each_figure_and_twice_gives_the_same()
    {
        Assert.SkipWhen(Chromium.Find() is null, Chromium.Missing);
        var notebook = Notebook.Create().Add(Cell.Code(
            "c", "using Lectern.Charts;\nvar f = Chart.Line(new[] { 1.0, 2 }, new[] { 1.0 / 3, 4e12 / 3 });\ndisplay(f); f.WithTitle(\"other\")"));
        await NotebookRun.ExecuteAsync(notebook, "Sample", Path.GetTempPath());
        await FigurePictures.AddAsync(notebook, TestContext.Current.CancellationToken);
        var once = notebook.ToString();
        var outputs = notebook.Cells[0].Outputs.Select(o => (JsonObject)o!["data"]!).ToList();
        Assert.All(outputs, data => Assert.Equal([Figure.MimeType, "image/png", "text/plain"], data.Select(form => form.Key)));
        var pictures = outputs.Select(data => Convert.FromBase64String((string)data["image/png"]!)).ToList();
        Assert.All(pictures, picture => Assert.Equal((700, 450), Size(picture)));
        Assert.All(pictures, picture => Assert.InRange(picture.Length, 2_000, 30_000));
        Assert.NotEqual(pictures[0], pictures[1]);
        Assert.All(outputs, data => Assert.Equal("[0.3333333,1.333333E+12]", data[Figure.MimeType]!["data"]![0]!["y"]!.ToJsonString()));

        await NotebookRun.ExecuteAsync(notebook, "Sample", Path.GetTempPath());
        await FigurePictures.AddAsync(notebook, TestContext.Current.CancellationToken);
        Assert.Equal(once, notebook.ToString());
    }

    [Fact]
    public async Task A_browser_that_does_not_answer_is_ended_in_time_and_the_message_names_it()
    {
        using var folder = new TemporaryFolder();
        var browser = Path.Combine(folder.Path, "hangs");
        var pid = Path.Combine(folder.Path, "pid");
        await File.WriteAllTextAsync(browser, $"#!/bin/sh\necho $$ >'{pid}'\nexec sleep 600\n");
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("the browser of this test is a shell script");
            return;
        }
        File.SetUnixFileMode(browser, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var watch = Stopwatch.StartNew();
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => FigurePictures.DrawAsync(
            [JsonNode.Parse("""{"data": [], "layout": {}}""")!], browser, TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken));
        Assert.Contains($"{browser} did not draw 1 figure(s) within 8 s", fault.Message);
        Assert.InRange(watch.Elapsed.TotalSeconds, 7, 30);
        Assert.True(File.Exists(pid), "the browser was not started");
        var number = (await File.ReadAllTextAsync(pid)).Trim();
        for (var i = 0; i < 50 && Directory.Exists($"/proc/{number}"); i++)
        {
            await Task.Delay(100);
        }
        Assert.False(Directory.Exists($"/proc/{number}"), "the browser lives on");
    }

    [Fact]
    public async Task A_figure_that_cannot_be_drawn_is_an_error_that_says_why()
    {
        Assert.SkipWhen(Chromium.Find() is null, Chromium.Missing);
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => FigurePictures.DrawAsync(
            [JsonNode.Parse("[1]")!, JsonNode.Parse("3")!], "/nowhere/chromium", TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        Assert.Contains("/nowhere/chromium", fault.Message);
    }

    private static (int Width, int Height) Size(byte[] png) =>
        (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
}
