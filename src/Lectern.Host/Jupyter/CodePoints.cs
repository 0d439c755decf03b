namespace Lectern.Host.Jupyter;

/// <summary>Places in a text: Jupyter counts code points, .NET counts UTF-16 units.</summary>
internal static class CodePoints
{
    /// <summary>The place in UTF-16 units.</summary>
    /// <param name="text">The text.</param>
    /// <param name="codePoints">The place in code points; beyond the text's end it means the end.</param>
    public static int ToIndex(string text, int codePoints)
    {
        var index = 0;
        for (; codePoints > 0 && index < text.Length; codePoints--)
        {
            index += IsPair(text, index) ? 2 : 1;
        }
        return index;
    }

    /// <summary>The place in code points.</summary>
    /// <param name="text">The text.</param>
    /// <param name="index">The place in UTF-16 units.</param>
    public static int FromIndex(string text, int index)
    {
        var codePoints = 0;
        for (var i = 0; i < index && i < text.Length; codePoints++)
        {
            i += IsPair(text, i) ? 2 : 1;
        }
        return codePoints;
    }

    private static bool IsPair(string text, int index) =>
        index + 1 < text.Length && char.IsHighSurrogate(text[index]) && char.IsLowSurrogate(text[index + 1]);
}
