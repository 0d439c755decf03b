using System.Net;
using Lectern.Host.Engine;

namespace Lectern.Host.Languages;

/// <summary>What is known of a name.</summary>
/// <param name="Signatures">Its signatures, of overloads too.</param>
/// <param name="Comment">Its documentation; null where there is none.</param>
internal sealed record SymbolHelp(IReadOnlyList<string> Signatures, DocComment? Comment)
{
    private string Code => string.Join('\n', Signatures);

    /// <summary>As plain text and as HTML, which a Jupyter front end chooses from.</summary>
    public MimeBundle Bundle => new MimeBundle()
        .With("text/plain", Code + (Comment is null ? "" : $"\n\n{Comment.ToText()}"))
        .With("text/html", $"<pre>{WebUtility.HtmlEncode(Code)}</pre>{Comment?.ToHtml()}");

    /// <summary>As an editor shows it beside the name: coloured code, then Markdown with HTML.</summary>
    public string Markdown => $"```csharp\n{Code}\n```\n\n{Comment?.ToHtml()}".TrimEnd();
}
