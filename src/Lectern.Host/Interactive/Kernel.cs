using Lectern.Host.Engine;
using Lectern.Host.Formatting;
using Microsoft.AspNetCore.Html;

namespace Lectern.Host.Interactive;

/// <summary>What a cell can call without naming a class: the functions that .NET Interactive gave to notebooks.</summary>
public static class Kernel
{
    /// <summary>Shows a value below the cell, at once.</summary>
    /// <param name="value">Any value.</param>
    /// <param name="mimeTypes">The forms wanted, such as <c>text/plain</c>; all that the value has where none is named.</param>
    /// <returns>The shown output, which can be updated.</returns>
    /// <exception cref="InvalidOperationException">Called outside of a notebook.</exception>
#pragma warning disable IDE1006, CA1707 // The names are those that notebooks use.
    public static DisplayedValue display(object? value, params string[] mimeTypes)
    {
        var session = Here(nameof(display));
        return new DisplayedValue(session, session.Display(value, mimeTypes), mimeTypes);
    }

    /// <summary>Marks text as HTML, to be shown as such: let it be the cell's value, or display it.</summary>
    /// <param name="content">A fragment of HTML.</param>
    public static IHtmlContent HTML(string content) => new HtmlString(content);

    /// <summary>A style sheet for the page.</summary>
    /// <param name="content">The rules of the style sheet.</param>
    public static IHtmlContent CSS(string content) => new HtmlString($"<style>{content}</style>");

    /// <summary>Runs JavaScript in the reader's browser.</summary>
    /// <param name="scriptContent">The script.</param>
    public static void Javascript(string scriptContent) => display(HTML(Markup.Script(scriptContent)));

    /// <summary>Shows text in a format of its own.</summary>
    /// <param name="content">The text.</param>
    /// <param name="mimeType">Its format, such as <c>text/markdown</c>.</param>
    /// <returns>The shown output, which can be updated.</returns>
    public static DisplayedValue displayAs(string content, string mimeType) =>
        display(new Preformatted(content, mimeType));
#pragma warning restore IDE1006, CA1707

    /// <summary>Takes away what the cell has shown so far.</summary>
    /// <param name="wait">Whether to leave it until the next output takes its place, so that the page does not flicker.</param>
    public static void ClearOutput(bool wait = false) => Here(nameof(ClearOutput)).Clear(wait);

    /// <summary>Asks the reader for a line of text.</summary>
    /// <param name="prompt">What to show beside the field.</param>
    /// <returns>What was typed.</returns>
    /// <exception cref="InvalidOperationException">Nobody is there to type.</exception>
    public static Task<string> GetInputAsync(string prompt = "") =>
        Task.FromResult(Here(nameof(GetInputAsync)).ReadLine(prompt, password: false) ?? "");

    /// <summary>Asks the reader for a line of text that the page does not show.</summary>
    /// <param name="prompt">What to show beside the field.</param>
    /// <returns>What was typed.</returns>
    /// <exception cref="InvalidOperationException">Nobody is there to type.</exception>
    public static Task<string> GetPasswordAsync(string prompt = "") =>
        Task.FromResult(Here(nameof(GetPasswordAsync)).ReadLine(prompt, password: true) ?? "");

    private static Session Here(string function) => Session.Current
        ?? throw new InvalidOperationException($"{function} works in a notebook's cell; no cell is running.");

    /// <summary>Text that is in its final format already.</summary>
    internal sealed record Preformatted(string Content, string MimeType)
    {
        public override string ToString() => Content;
    }
}
