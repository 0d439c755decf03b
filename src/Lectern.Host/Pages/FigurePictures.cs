using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lectern.Charts;
using Lectern.Host.Notebooks;
using Lectern.Host.Running;

namespace Lectern.Host.Pages;

/// <summary>Puts a picture beside each figure of a notebook, for readers that cannot draw figures: GitHub, a printed copy.</summary>
internal static partial class FigurePictures
{
    private const int Width = 700;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    /// <summary>What to do where there is no browser.</summary>
    public const string NoBrowser =
        "Pictures of figures are drawn by Chromium, and there is none on the PATH. On Debian and Ubuntu: apt-get install chromium.";

    /// <summary>The browser that draws; null where there is none.</summary>
    public static string? Browser =>
        Checkout.FindProgram("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge");

    /// <summary>Adds <c>image/png</c> to each output that holds a figure, by one call of a browser.</summary>
    /// <remarks>
    /// The figure's HTML goes: static viewers take HTML before pictures, and show an empty place where its script cannot run.
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
        var pictures = await DrawAsync([.. figures.Select(data => data[Figure.MimeType]!)], stop);
        foreach (var (data, picture) in figures.Zip(pictures))
        {
            data.Remove("text/html");
            data["image/png"] = picture;
            var sorted = (JsonObject)NotebookJson.Sorted(data)!;
            data.Clear();
            foreach (var (type, content) in sorted.ToList())
            {
                data[type] = content?.DeepClone();
            }
        }
    }

    /// <summary>Draws figures.</summary>
    /// <returns>Each figure as a PNG in base64.</returns>
    private static async Task<IReadOnlyList<string>> DrawAsync(IReadOnlyList<JsonNode> figures, CancellationToken stop)
    {
        var browser = Browser ?? throw new InvalidOperationException(NoBrowser);
        var folder = Directory.CreateTempSubdirectory("lectern-pictures-");
        try
        {
            var page = Path.Combine(folder.FullName, "page.html");
            await File.WriteAllTextAsync(page, PageOf(figures), stop);
            var start = new ProcessStartInfo(browser,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage",
                "--allow-file-access-from-files", "--hide-scrollbars", $"--user-data-dir={Path.Combine(folder.FullName, "profile")}",
                "--virtual-time-budget=100000000", "--dump-dom", new Uri(page).AbsoluteUri,
            ])
            { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(Limit);
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            string dom;
            try
            {
                dom = await process.StandardOutput.ReadToEndAsync(limit.Token);
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                throw new InvalidOperationException(
                    $"{browser} did not draw {figures.Count} figure(s) within {Limit.TotalSeconds:0} s and was ended.");
            }
            finally
            {
                if (!process.HasExited)
                {
                    process.Kill(entireProcessTree: true);
                }
            }
            var pictures = Picture().Matches(dom).Select(m => m.Groups[1].Value).ToList();
            if (pictures.Count != figures.Count)
            {
                var said = Fault().Match(dom) is { Success: true } fault ? fault.Groups[1].Value : (await errors).Trim();
                throw new InvalidOperationException($"{browser} drew {pictures.Count} of {figures.Count} figures. {said}");
            }
            return pictures;
        }
        finally
        {
            try
            {
                folder.Delete(recursive: true);
            }
            catch (IOException)
            {
                // The browser's children may still be writing there; the system's own cleaning takes it.
            }
        }
    }

    private static string PageOf(IReadOnlyList<JsonNode> figures)
    {
        var plotly = new Uri(Path.Combine(AppContext.BaseDirectory, "assets", "plotly.min.js")).AbsoluteUri;
        var page = new StringBuilder($"<!DOCTYPE html><meta charset=\"utf-8\"><script src=\"{plotly}\"></script><body>\n");
        foreach (var figure in figures)
        {
            page.Append("<script type=\"application/json\" class=\"figure\">")
                .Append(figure.ToJsonString().Replace("</", "<\\/", StringComparison.Ordinal)).Append("</script>\n");
        }
        // One after the other: each picture is a script of its own kind, since an image element's address would be loaded again.
        page.Append(CultureInfo.InvariantCulture, $$"""
            <script>
            (async function () {
              for (const element of document.querySelectorAll('.figure')) {
                try {
                  const f = JSON.parse(element.textContent);
                  const layout = Object.assign({}, f.layout, { width: (f.layout || {}).width || {{Width}}, height: (f.layout || {}).height || 450 });
                  const holder = document.body.appendChild(document.createElement('div'));
                  await Plotly.newPlot(holder, f.data, layout, { staticPlot: true });
                  const url = await Plotly.toImage(holder, { format: 'png', width: layout.width, height: layout.height, scale: 1.5 });
                  Plotly.purge(holder);
                  holder.remove();
                  const out = document.body.appendChild(document.createElement('pre'));
                  out.textContent = 'PICTURE:' + url.split(',')[1] + ':END';
                } catch (fault) {
                  document.body.appendChild(document.createElement('pre')).textContent = 'FAULT:' + fault + ':END';
                }
                element.remove();
              }
            })();
            </script>
            """);
        return page.ToString();
    }

    [GeneratedRegex("PICTURE:([A-Za-z0-9+/=]+):END")]
    private static partial Regex Picture();

    [GeneratedRegex("<pre>FAULT:(.*?):END", RegexOptions.Singleline)]
    private static partial Regex Fault();
}
