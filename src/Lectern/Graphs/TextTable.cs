using System.Text;

namespace Lectern.Graphs;

/// <summary>
/// Reads a text file of fields, line by line: separated by tab, comma, semicolon or spaces.
/// </summary>
/// <remarks>
/// The first line that is neither empty nor a comment (# or %) decides which: a tab if it has one, else a
/// comma, else a semicolon, else any run of spaces. A field may stand in double quotes, with two of them for
/// one in the text.
/// </remarks>
internal static class TextTable
{
    /// <summary>The lines that hold fields, with their number in the file (from 1).</summary>
    public static IEnumerable<(int Line, string[] Fields)> Read(string path)
    {
        char? separator = null;
        var number = 0;
        foreach (var text in File.ReadLines(path))
        {
            number++;
            var line = text.AsSpan().TrimEnd("\r ");
            if (line.IsWhiteSpace() || line[0] is '#' or '%')
            {
                continue;
            }
            separator ??= line.Contains('\t') ? '\t' : line.Contains(',') ? ',' : line.Contains(';') ? ';' : ' ';
            yield return (number, Split(line.ToString(), separator.Value));
        }
    }

    private static string[] Split(string line, char separator)
    {
        if (line.Contains('"'))
        {
            return SplitQuoted(line, separator);
        }
        return separator == ' '
            ? line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            : line.Split(separator, StringSplitOptions.TrimEntries);
    }

    private static string[] SplitQuoted(string line, char separator)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (line[i] == '"')
            {
                quoted = !quoted;
            }
            else if (line[i] == separator && !quoted)
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }
        fields.Add(field.ToString().Trim());
        return separator == ' ' ? [.. fields.Where(text => text.Length > 0)] : [.. fields];
    }
}
