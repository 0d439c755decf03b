
using Lectern.Host.Languages;

namespace Lectern.Host.Engine;

/// <summary>The cell that is running, as its languages and magics see it.</summary>
/// <param name="session">Where its outputs go.</param>
/// <param name="stop">How it is stopped.</param>
/// <param name="number">Its place in the order of execution.</param>
internal sealed class CellScope(Session session, CellStop stop, int number)
{
    /// <summary>Code from elsewhere that runs within a cell.</summary>
    /// <param name="within">The cell.</param>
    /// <param name="file">Where the code is from.</param>
    public CellScope(CellScope within, string file) : this(within.Session, within.Stop, within.Number) => File = file;

    /// <summary>The session.</summary>
    public Session Session => session;

    /// <summary>How it is stopped.</summary>
    public CellStop Stop => stop;

    /// <summary>The name under which its code is compiled.</summary>
    public string File { get; } = ErrorReport.FileOf(number);

    /// <summary>Its place in the order of execution.</summary>
    public int Number => number;

    /// <summary>The language of the part that is running.</summary>
    public string Language { get; set; } = Polyglot.CSharp;

    /// <summary>Shows the value of its last expression; to be called within <see cref="CellStop.Run"/>, since formatting may run the
    /// reader's code, such as an endless sequence.</summary>
    public void ShowResult(object? value)
    {
        if (value is not null and not Interactive.DisplayedValue)
        {
            session.ShowResult(value, number);
        }
    }

    /// <summary>Shows what a magic has to say: HTML for a page, text for a terminal.</summary>
    /// <returns>The output's name, for updates.</returns>
    public string Show(string html, string text) => session.Show(new MimeBundle().With("text/html", html).With("text/plain", text));

    /// <summary>Shows text.</summary>
    /// <returns>The output's name, for updates.</returns>
    public string Show(string text) => session.Show(new MimeBundle().With("text/plain", text));

    /// <summary>Shows a bundle that is complete.</summary>
    /// <returns>The output's name, for updates.</returns>
    public string Show(MimeBundle bundle) => session.Show(bundle);

    /// <summary>Shows text in place of an output's content.</summary>
    public void Update(string id, string text) => session.Update(id, new MimeBundle().With("text/plain", text));
}
