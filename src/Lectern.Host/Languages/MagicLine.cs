using System.Text.RegularExpressions;

namespace Lectern.Host.Languages;

/// <summary>The words behind a magic.</summary>
/// <param name="Options">What follows each <c>--name</c>.</param>
/// <param name="Plain">The words that belong to no option.</param>
internal sealed partial record MagicLine(IReadOnlyDictionary<string, string> Options, IReadOnlyList<string> Plain)
{
    /// <summary>The value of an option, or null.</summary>
    public string? Option(string name) => Options.GetValueOrDefault(name);

    /// <summary>Reads a line; quotes keep blanks together.</summary>
    public static MagicLine Of(string line)
    {
        var words = Words().Matches(line).Select(match => match.Value).ToList();
        var options = new Dictionary<string, string>();
        var plain = new List<string>();
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i].StartsWith("--", StringComparison.Ordinal) && i + 1 < words.Count)
            {
                options[words[i][2..]] = Unquoted(words[++i]);
            }
            else
            {
                plain.Add(Unquoted(words[i]));
            }
        }
        return new MagicLine(options, plain);
    }

    private static string Unquoted(string word) => word.Length > 1 && word[0] == '"' && word[^1] == '"' ? word[1..^1] : word;

    [GeneratedRegex("""(?:[^\s"]|"[^"]*")+""")]
    private static partial Regex Words();
}
