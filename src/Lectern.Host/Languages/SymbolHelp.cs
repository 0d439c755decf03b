using System.Net;
using Lectern.Host.Engine;

namespace Lectern.Host.Languages;

/// <summary>What is known of a name.</summary>
/// <param name="Signatures">Its signatures, of overloads too.</param>
/// <param name="Comment">Its documentation; null where there is none.</param>
/// <param name="Start">Where the name stands in the cell, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
internal sealed record SymbolHelp(IReadOnlyList<string> Signatures, DocComment? Comment, int Start, int End)
{
    private string Code => string.Join('\n', Signatures);

    /// <summary>As plain text and as HTML, which a Jupyter front end chooses from.</summary>
    public MimeBundle Bundle => new MimeBundle()
        .With("text/plain", Code + (Comment is null ? "" : $"\n\n{Comment.ToText()}"))
        .With("text/html", $"<pre>{WebUtility.HtmlEncode(Code)}</pre>{Comment?.ToHtml()}");

    /// <summary>As Markdown, which an editor shows beside the name.</summary>
    public string Markdown => $"```csharp\n{Code}\n```\n\n{Comment?.ToMarkdown()}".TrimEnd();
}
