using System.Net;
using Lectern.Host.Engine;

namespace Lectern.Host.Formatting;

/// <summary>What cells of the browser's languages show.</summary>
internal static class Markup
{
    /// <summary>JavaScript in a page: names that it declares stay its own, and it may await.</summary>
    public static string Script(string code) =>
        $"<script type=\"text/javascript\">(async () => {{\n{code.Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase)}\n}})();</script>";

    /// <summary>A diagram in Mermaid's language.</summary>
    /// <remarks>
    /// JupyterLab and Notebook 7 draw its own MIME type. Elsewhere the source is shown; where the page has loaded Mermaid, it draws it.
    /// </remarks>
    public static MimeBundle Mermaid(string code) => new MimeBundle()
        .With("text/vnd.mermaid", code)
        .With("text/html", $"<pre class=\"mermaid\">{WebUtility.HtmlEncode(code)}</pre><script>window.mermaid?.run?.();</script>")
        .With("text/plain", code);
}
