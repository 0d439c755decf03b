using System.Globalization;
using Lectern.Host.Engine;
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
        var session = Session.Current
            ?? throw new InvalidOperationException("display works in a notebook's cell; no cell is running.");
        return new DisplayedValue(session, session.Display(value, mimeTypes), mimeTypes);
    }

    /// <summary>Marks text as HTML, to be shown as such: let it be the cell's value, or display it.</summary>
    /// <param name="content">A fragment of HTML.</param>
    public static IHtmlContent HTML(string content) => new HtmlString(content);

    /// <summary>A style sheet for the page.</summary>
    /// <param name="content">The rules of the style sheet.</param>
    public static IHtmlContent CSS(string content) => new HtmlString($"<style>{content}</style>");

    /// <summary>Shows text in a format of its own.</summary>
    /// <param name="content">The text.</param>
    /// <param name="mimeType">Its format, such as <c>text/markdown</c>.</param>
    /// <returns>The shown output, which can be updated.</returns>
    public static DisplayedValue displayAs(string content, string mimeType) =>
        display(new Preformatted(content, mimeType));
#pragma warning restore IDE1006, CA1707

    /// <summary>Text that is in its final format already.</summary>
    internal sealed record Preformatted(string Content, string MimeType)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Content}");
    }
}
