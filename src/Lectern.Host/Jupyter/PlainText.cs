namespace Lectern.Host.Jupyter;

/// <summary>Text that a terminal shows as it stands.</summary>
internal static class PlainText
{
    /// <summary>The text without control characters: an exception's message must not move a terminal's cursor.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The text; each control character but line break and tab is its picture, as ␛ for escape.</returns>
    public static string Of(string text) => !text.Any(IsControl) ? text
        : string.Concat(text.Replace("\r\n", "\n").Select(
            c => !IsControl(c) ? c : c < ' ' ? (char)('\u2400' + c) : '\ufffd'));

    private static bool IsControl(char c) => char.IsControl(c) && c is not ('\n' or '\t');
}
