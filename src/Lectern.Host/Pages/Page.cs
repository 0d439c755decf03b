using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lectern.Charts;
using Lectern.Host.Notebooks;
using Markdig;
using Markdig.Extensions.Mathematics;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Lectern.Host.Pages;

/// <summary>A notebook as a page that needs no kernel and no network: text, formulas, coloured code, and living plots.</summary>
internal static partial class Page
{
    private const string Katex = "/usr/share/javascript/katex", KatexFonts = "/usr/share/fonts/truetype/katex";
    private static readonly string[] KatexFiles = ["katex.min.js", "katex.min.css"];

    private static readonly MarkdownPipeline Markdown = new MarkdownPipelineBuilder().UseAdvancedExtensions().Build();

    /// <summary>Writes the page, and beside it the scripts and the style sheet that pages share.</summary>
    /// <param name="notebook">The notebook with its outputs.</param>
    /// <param name="name">The lesson's name.</param>
    /// <param name="folder">The notebook's folder, for pictures that its text names.</param>
    /// <param name="path">The page's file.</param>
    public static void Write(Notebook notebook, string name, string folder, string path)
    {
        var target = Path.GetDirectoryName(Path.GetFullPath(path))!;
        CopyAssets(target);
        File.WriteAllText(path, Html(notebook, name, folder));
    }

    /// <summary>The page's text.</summary>
    public static string Html(Notebook notebook, string name, string folder)
    {
        var (title, contents, body) = Parts(notebook, name, folder);
        return Frame(title, contents.Length == 0 ? "" : $"<nav><a class=\"home\" href=\"index.html\">All lessons</a><ol>{contents}</ol></nav>", body);
    }

    /// <summary>What a page is made of, as HTML: its title, the list items of its contents, and its text.</summary>
    /// <param name="notebook">The notebook with its outputs.</param>
    /// <param name="name">The lesson's name, for a notebook without a title.</param>
    /// <param name="folder">The notebook's folder, for pictures that its text names.</param>
    /// <param name="declared">The page that declares the type of a name, or null; nothing is linked without it.</param>
    public static (string Title, string Contents, string Body) Parts(
        Notebook notebook, string name, string folder, Func<string, string?>? declared = null)
    {
        var body = new StringBuilder();
        var contents = new StringBuilder();
        var ids = new Dictionary<string, int>();
        foreach (var cell in notebook.Cells)
        {
            if (cell.Kind == CellKind.Markdown)
            {
                body.Append("<section class=\"text\">").Append(Text(cell.Source, folder, contents, ids)).Append("</section>\n");
            }
            else if (cell.Kind == CellKind.Code && cell.Source.Trim().Length > 0)
            {
                var count = cell.ExecutionCount is { } number ? $"{number}" : "";
                body.Append($"<section class=\"code\" id=\"cell-{WebUtility.HtmlEncode(cell.Id)}\"><pre class=\"source\" data-count=\"{count}\"><code>")
                    .Append(CSharpColours.Html(cell.Source, declared)).Append("</code></pre>\n");
                foreach (var output in cell.Outputs.OfType<JsonObject>())
                {
                    body.Append(Output(output));
                }
                body.Append("</section>\n");
            }
        }
        return (WebUtility.HtmlEncode(notebook.Title ?? name), contents.ToString(), body.ToString());
    }

    /// <summary>A whole page around its parts.</summary>
    public static string Frame(string title, string navigation, string body, string head = "") => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{title}</title>
        <link rel="stylesheet" href="assets/katex.min.css">
        <link rel="stylesheet" href="assets/page.css">
        <script defer src="assets/plotly.min.js"></script>
        <script defer src="assets/katex.min.js"></script>
        <script defer src="assets/page.js"></script>{head}
        </head>
        <body>
        {navigation}
        <main id="content" tabindex="-1">
        {body}
        </main>
        </body>
        </html>

        """;

    /// <summary>Puts the files that pages share beside them, where they are not there yet.</summary>
    public static void CopyAssets(string folder)
    {
        var target = Path.Combine(folder, "assets");
        var fonts = Directory.CreateDirectory(Path.Combine(target, "fonts")).FullName;
        var files = Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "assets"))
            .Concat(KatexFiles.Select(file => Path.Combine(Katex, file)).Where(File.Exists)).Select(file => (file, target))
            .Concat(Directory.Exists(KatexFonts) ? Directory.EnumerateFiles(KatexFonts, "*.woff2").Select(file => (file, fonts)) : []);
        foreach (var (source, place) in files)
        {
            var copy = new FileInfo(Path.Combine(place, Path.GetFileName(source)));
            if (!copy.Exists || copy.Length != new FileInfo(source).Length || copy.LastWriteTimeUtc < File.GetLastWriteTimeUtc(source))
            {
                var partial = $"{copy.FullName}.{Environment.ProcessId}";
                File.Copy(source, partial, overwrite: true);
                File.Move(partial, copy.FullName, overwrite: true);
            }
        }
        // The pages name them whether the system has them or not; without them they show the formulas' sources.
        foreach (var katex in KatexFiles.Select(file => Path.Combine(target, file)).Where(file => !File.Exists(file)))
        {
            File.WriteAllText(katex, "");
        }
    }

    private static string Text(string source, string folder, StringBuilder contents, Dictionary<string, int> ids)
    {
        var document = Markdig.Markdown.Parse(source, Markdown);
        foreach (var heading in document.Descendants<HeadingBlock>())
        {
            // Each cell is a document of its own to the parser; the page needs ids that differ.
            var attributes = heading.GetAttributes();
            var id = attributes.Id is { Length: > 0 } given ? given : "section";
            ids[id] = ids.GetValueOrDefault(id) + 1;
            attributes.Id = ids[id] == 1 ? id : $"{id}-{ids[id]}";
            if (heading.Level == 2)
            {
                contents.Append($"<li><a href=\"#{attributes.Id}\">{WebUtility.HtmlEncode(PlainText(heading))}</a></li>");
            }
        }
        // Between $$ a formula has a line to itself, also where it was written within one.
        foreach (var formula in document.Descendants<MathInline>().Where(formula => formula.DelimiterCount == 2))
        {
            formula.GetAttributes().AddClass("display");
        }
        foreach (var link in document.Descendants<LinkInline>())
        {
            if (link is { IsImage: true, Url: { } url } && Embedded(url, folder) is { } data)
            {
                link.Url = data;
            }
            else if (link is { IsImage: false, Url: { } to } && to.EndsWith(".ipynb", StringComparison.OrdinalIgnoreCase) && !to.Contains("://"))
            {
                link.Url = Path.GetFileNameWithoutExtension(to) + ".html";
            }
        }
        using var writer = new StringWriter();
        var renderer = new HtmlRenderer(writer);
        Markdown.Setup(renderer);
        renderer.ObjectRenderers.ReplaceOrAdd<CodeBlockRenderer>(new ColouredCodeRenderer());
        renderer.Render(document);
        // A heading without a word is none to a screen reader.
        return WordlessHeading().Replace(writer.ToString(), "<td$1></td>");
    }

    [GeneratedRegex("<th([^>]*)></th>")]
    private static partial Regex WordlessHeading();

    private static string PlainText(HeadingBlock heading) => string.Concat(
        heading.Inline?.Descendants<LeafInline>().Select(i => i is CodeInline code ? code.Content : i.ToString()) ?? []);

    // A picture beside the notebook travels inside the page.
    private static string? Embedded(string url, string folder)
    {
        var path = Path.Combine(folder, Uri.UnescapeDataString(url));
        var type = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".png" => "image/png",
            ".jpg" or ".jpeg" => "image/jpeg",
            ".svg" => "image/svg+xml",
            ".gif" => "image/gif",
            _ => null,
        };
        return type is null || url.Contains("://", StringComparison.Ordinal) || !File.Exists(path)
            ? null
            : $"data:{type};base64,{Convert.ToBase64String(File.ReadAllBytes(path))}";
    }

    private static string Output(JsonObject output)
    {
        var kind = (string?)output["output_type"];
        if (kind == "stream")
        {
            return $"<pre class=\"output {(string?)output["name"]}\">{Terminal(NotebookJson.Text(output["text"]))}</pre>\n";
        }
        if (kind == "error")
        {
            var lines = output["traceback"] is JsonArray traceback ? string.Join("\n", traceback.Select(NotebookJson.Text)) : "";
            return $"<pre class=\"output error\">{Terminal(lines.Length > 0 ? lines : (string?)output["evalue"] ?? "")}</pre>\n";
        }
        if (output["data"] is not JsonObject data)
        {
            return "";
        }
        if (data[Figure.MimeType] is { } figure)
        {
            var json = figure.ToJsonString().Replace("</", "<\\/", StringComparison.Ordinal);
            var height = figure["layout"]?["height"]?.ToJsonString() ?? "450";
            return $"<div class=\"output plot\" style=\"min-height:{height}px\"><script type=\"application/json\">{json}</script></div>\n";
        }
        return (data["text/html"], data["image/svg+xml"], data["image/png"], data["image/jpeg"], data["text/markdown"]) switch
        {
            ({ } html, _, _, _, _) => $"<div class=\"output html\">{Lesson().Replace(NotebookJson.Text(html), "href=\"$1.html\"")}</div>\n",
            (_, { } svg, _, _, _) => $"<div class=\"output html\">{NotebookJson.Text(svg)}</div>\n",
            (_, _, { } png, _, _) => $"<div class=\"output\"><img alt=\"\" src=\"data:image/png;base64,{NotebookJson.Text(png).ReplaceLineEndings("")}\"></div>\n",
            (_, _, _, { } jpeg, _) => $"<div class=\"output\"><img alt=\"\" src=\"data:image/jpeg;base64,{NotebookJson.Text(jpeg).ReplaceLineEndings("")}\"></div>\n",
            (_, _, _, _, { } text) => $"<div class=\"output text\">{Markdig.Markdown.ToHtml(NotebookJson.Text(text), Markdown)}</div>\n",
            _ => $"<pre class=\"output\">{Terminal(NotebookJson.Text(data["text/plain"]))}</pre>\n",
        };
    }

    // Text of a terminal: its colour codes mean nothing here, and only the last state of a line that was overwritten counts.
    private static string Terminal(string text)
    {
        var plain = Escapes().Replace(text, "");
        var lines = plain.Split('\n').Select(line => line.TrimEnd('\r').Split('\r')[^1]);
        return WebUtility.HtmlEncode(string.Join("\n", lines).TrimEnd('\n'));
    }

    // A link to another lesson's notebook; its page lies beside this one.
    [GeneratedRegex(@"href=""(?!\w+:)(?:[^""]*/)?([^""/]+)\.ipynb""")]
    private static partial Regex Lesson();

    [GeneratedRegex(@"\u001b\[[0-9;]*[A-Za-z]")]
    private static partial Regex Escapes();

    private sealed class ColouredCodeRenderer : CodeBlockRenderer
    {
        protected override void Write(HtmlRenderer renderer, CodeBlock block)
        {
            if (block is FencedCodeBlock { Info: "csharp" or "cs" or "c#" })
            {
                renderer.Write("<pre class=\"source\"><code>").Write(CSharpColours.Html(block.Lines.ToString())).WriteLine("</code></pre>");
            }
            else
            {
                base.Write(renderer, block);
            }
        }
    }
}
