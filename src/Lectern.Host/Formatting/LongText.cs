using System.Globalization;
using System.Text.RegularExpressions;

namespace Lectern.Host.Formatting;

/// <summary>Text of a value as a page can bear it: not without end, and without the commands of a terminal.</summary>
internal static partial class LongText
{
    /// <summary>The text, or its beginning with a word on the rest.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="most">The characters to show.</param>
    public static string Cut(string text, int most)
    {
        if (text.Length <= most)
        {
            return text;
        }
        var end = char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        return string.Create(CultureInfo.InvariantCulture, $"{text[..end]}… ({text.Length - end:#,0} more characters)");
    }

    /// <summary>The text without a terminal's colours and other commands.</summary>
    public static string Plain(string text) => Escapes().Replace(text, "");

    [GeneratedRegex(@"\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\^_])?")]
    private static partial Regex Escapes();
}
