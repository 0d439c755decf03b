using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lectern.Charts;
using Lectern.Host.Commands;
using Lectern.Host.Notebooks;
using Lectern.Host.Running;

namespace Lectern.Host.Pages;

/// <summary>Puts a picture beside each figure of a notebook, for readers that cannot draw figures: GitHub, a printed copy.</summary>
internal static class FigurePictures
{
    /// <summary>The program that draws; a process of its own, so that the host does without a browser's driver.</summary>
    private const string Project = "Lectern.Pictures";

    /// <summary>Adds <c>image/png</c> to each output that holds a figure, drawn by a browser that is started once.</summary>
    /// <remarks>
    /// The figure's HTML goes: static viewers take HTML before pictures, and show an empty place where its script cannot run.
    /// Its numbers keep seven digits, more than any screen shows; the others are half the file, and differ between machines.
    /// </remarks>
    /// <param name="notebook">The notebook; its outputs are changed.</param>
    /// <param name="stop">Ends the browser.</param>
    /// <exception cref="InvalidOperationException">There is no browser, or it did not draw in time.</exception>
    public static async Task AddAsync(Notebook notebook, CancellationToken stop)
    {
        var figures = notebook.Cells.Where(c => c.Kind == CellKind.Code)
            .SelectMany(c => c.Outputs.OfType<JsonObject>())
            .Select(o => o["data"] as JsonObject)
            .Where(data => data?[Figure.MimeType] is not null)
            .Select(data => data!).ToList();
        if (figures.Count == 0)
        {
            return;
        }
        var browser = Chromium.Find() ?? throw new InvalidOperationException(Chromium.Missing);
        // A slow machine takes a second a figure, and a while to start.
        var limit = TimeSpan.FromSeconds(60 + (10 * figures.Count));
        var pictures = await DrawAsync([.. figures.Select(data => data[Figure.MimeType]!)], browser, limit, stop);
        foreach (var (data, picture) in figures.Zip(pictures))
        {
            data.Remove("text/html");
            data["image/png"] = picture;
            data[Figure.MimeType] = Rounded(data[Figure.MimeType]);
            var sorted = (JsonObject)NotebookJson.Sorted(data)!;
            data.Clear();
            foreach (var (type, content) in sorted.ToList())
            {
                data[type] = content?.DeepClone();
            }
        }
    }

    private static JsonNode? Rounded(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, Rounded(m.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Rounded)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.ToJsonString() is { Length: > 8 } text
            && text.AsSpan().ContainsAny('.', 'e', 'E') => JsonNode.Parse(double.Parse(text, CultureInfo.InvariantCulture).ToString("G7", CultureInfo.InvariantCulture)),
        _ => node?.DeepClone(),
    };

    /// <summary>Builds the program that draws, where it is not built as its sources are.</summary>
    /// <returns>Whether it stands ready; if not, why has been written to the console.</returns>
    public static async Task<bool> PrepareAsync(CancellationToken stop)
    {
        if (await ProjectCommand.BuildAsync(Path.Combine(Checkout.Root, "src", Project), stop) == 0)
        {
            return true;
        }
        Console.Error.WriteLine(
            "The pictures are drawn through the NuGet package Microsoft.Playwright (200 MB); fetching it once takes a network.");
        return false;
    }

    /// <summary>Draws figures.</summary>
    /// <param name="figures">Plotly's JSON of each.</param>
    /// <param name="browser">The browser's program.</param>
    /// <param name="limit">When to give up and end the browser.</param>
    /// <param name="stop">Ends the browser.</param>
    /// <returns>Each figure as a PNG in base64.</returns>
    internal static async Task<IReadOnlyList<string>> DrawAsync(
        IReadOnlyList<JsonNode> figures, string browser, TimeSpan limit, CancellationToken stop)
    {
        var program = Checkout.Binary(Project);
        if (!File.Exists(program))
        {
            throw new InvalidOperationException(
                $"{Checkout.Relative(program)} is missing. ./lectern publish builds it; so does: dotnet build -c Release src/{Project}");
        }
        var folder = Directory.CreateTempSubdirectory("lectern-pictures-");
        try
        {
            for (var i = 0; i < figures.Count; i++)
            {
                await File.WriteAllTextAsync(Named(i, "json"), figures[i].ToJsonString(), stop);
            }
            var plotly = Path.Combine(AppContext.BaseDirectory, "assets", "plotly.min.js");
            await StartAsync(LessonProcess.Dotnet([program, browser, plotly, folder.FullName]), browser, figures.Count, limit, stop);
            return [.. Enumerable.Range(0, figures.Count).Select(i => Smallest(File.ReadAllBytes(Named(i, "png")), File.ReadAllBytes(Named(i, "rgba"))))];
        }
        finally
        {
            try
            {
                folder.Delete(recursive: true);
            }
            catch (IOException)
            {
                // A program that was ended may still be writing there; the system's own cleaning takes it.
            }
        }

        string Named(int number, string extension) => Path.Combine(folder.FullName, $"{number}.{extension}");
    }

    private static async Task StartAsync(ProcessStartInfo start, string browser, int figures, TimeSpan limit, CancellationToken stop)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError, start.RedirectStandardInput) = (true, true, true);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(limit);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            if (!stop.IsCancellationRequested)
            {
                throw new InvalidOperationException(
                    $"{browser} did not draw {figures} figure(s) within {limit.TotalSeconds:0} s and was ended.");
            }
            throw;
        }
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{browser} did not draw {figures} figure(s): {(await errors + await output).Trim()}");
        }
    }

    // The header of a PNG names its size in bytes 16 to 23.
    private static string Smallest(byte[] png, byte[] rgba)
    {
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
        var small = SmallPng.Encode(rgba, width, height);
        return Convert.ToBase64String(small is not null && small.Length < png.Length ? small : png);
    }
}
