using System.Text;
using System.Text.RegularExpressions;

namespace Lectern.Lessons;

/// <summary>Finds a member in C# text by its name, with no more of the grammar than braces, strings and
/// comments.</summary>
internal static partial class SourceText
{
    private static readonly HashSet<string> Statements =
        ["return", "new", "await", "throw", "yield", "else", "case", "if", "while", "for", "foreach",
            "switch", "using", "lock", "do",
         "namespace"];

    /// <summary>The member's first line, from 0, and its lines; null where no declaration has that
    /// name.</summary>
    public static (int First, string[] Lines)? Find(string source, string member)
    {
        var bare = Blank(source);
        foreach (var match in Regex.EnumerateMatches(bare, $@"(?<![\w.]){Regex.Escape(member)}(?!\w)"))
        {
            var start = Start(bare, match.Index);
            if (start < 0) continue;
            var end = End(bare, match.Index + match.Length);
            if (end < 0) continue;
            var lines = source.Split('\n');
            var (first, last) = (source.AsSpan(0, start).Count('\n'), source.AsSpan(0, end).Count('\n'));
            return (first, Dedent(lines[first..(last + 1)]));
        }
        return null;
    }

    // Where the declaration that the name stands in begins; -1 where it is not a declaration.
    private static int Start(string bare, int name)
    {
        var before = name == 0 ? -1 : bare.LastIndexOfAny([';', '{', '}'], name - 1);
        var header = bare[(before + 1)..name];
        var words = Attributes().Replace(header, " ").Trim();
        if (words.Length == 0 || words.Contains('=')
            || !(char.IsLetterOrDigit(words[^1]) || words[^1] is '>' or ']' or ')' or '?'))
            return -1;
        if (Statements.Contains(FirstWord().Match(words).Value)) return -1;
        return before + 1 + header.Length - header.TrimStart().Length;
    }

    // The declaration ends with its closing brace, or with the first semicolon outside of brackets.
    private static int End(string bare, int from)
    {
        var next = from;
        while (next < bare.Length && char.IsWhiteSpace(bare[next])) next++;
        if (next >= bare.Length || bare[next] is not ('(' or '<' or '{' or '=' or ';' or ':')) return -1;
        var (round, curly, arrow) = (0, 0, false);
        for (var i = next; i < bare.Length; i++)
        {
            switch (bare[i])
            {
                case '(' or '[': round++; break;
                case ')' or ']': round--; break;
                case '{': curly++; break;
                case '}' when --curly == 0 && round == 0 && !arrow: return i;
                case '=' when curly == 0 && round == 0: arrow = true; break;
                case ';' when curly == 0 && round == 0: return i;
            }
            if (round < 0 || curly < 0) return -1;
        }
        return -1;
    }

    /// <summary>The text with blanks where comments, strings and characters are, so that what is left is
    /// code.</summary>
    internal static string Blank(string source)
    {
        var bare = new StringBuilder(source);
        for (var i = 0; i < source.Length;)
        {
            var end = Skip(source, i);
            for (var k = i; k < end; k++)
                if (source[k] != '\n') bare[k] = ' ';
            i = Math.Max(end, i + 1);
        }
        return bare.ToString();
    }

    // The end of the comment or string that begins here; this place itself where none does.
    private static int Skip(string s, int i)
    {
        var rest = s.AsSpan(i);
        if (rest.StartsWith("//")) return Until(s, "\n", i, keep: true);
        if (rest.StartsWith("/*")) return Until(s, "*/", i + 2);
        if (rest[0] == '\'') return Quoted(s, i + 1, '\'', verbatim: false, holes: false);
        var quote = i;
        while (quote < s.Length && s[quote] is '$' or '@') quote++;
        if (quote >= s.Length || s[quote] != '"') return i;
        var quotes = quote;
        while (quotes < s.Length && s[quotes] == '"') quotes++;
        if (quotes - quote >= 3) return Until(s, s[quote..quotes], quotes);
        var prefix = s.AsSpan(i, quote - i);
        return Quoted(s, quote + 1, '"', prefix.Contains('@'), prefix.Contains('$'));
    }

    private static int Quoted(string s, int i, char quote, bool verbatim, bool holes)
    {
        for (; i < s.Length; i++)
        {
            if (!verbatim && s[i] == '\\') i++;
            else if (s[i] == quote && verbatim && i + 1 < s.Length && s[i + 1] == quote) i++;
            else if (s[i] == quote) return i + 1;
            else if (holes && s[i] == '{' && i + 1 < s.Length && s[i + 1] == '{') i++;
            else if (holes && s[i] == '{') i = Hole(s, i + 1) - 1;
        }
        return s.Length;
    }

    // The code between the braces of an interpolated string, which may hold strings itself.
    private static int Hole(string s, int i)
    {
        for (var depth = 1; i < s.Length;)
        {
            var end = Skip(s, i);
            if (end > i)
            {
                i = end;
                continue;
            }
            if (s[i] == '{') depth++;
            if (s[i] == '}' && --depth == 0) return i + 1;
            i++;
        }
        return i;
    }

    private static int Until(string s, string mark, int from, bool keep = false)
    {
        var at = s.IndexOf(mark, from, StringComparison.Ordinal);
        return at < 0 ? s.Length : keep ? at : at + mark.Length;
    }

    private static string[] Dedent(string[] lines)
    {
        var indent = lines.Where(line => line.Trim().Length > 0)
            .Min(line => line.Length - line.TrimStart(' ').Length);
        return [.. lines.Select(line => line.Length >= indent ? line[indent..].TrimEnd() : line.Trim())];
    }

    [GeneratedRegex(@"\[[^\]]*\]\s*(?=[\w\[])")]
    private static partial Regex Attributes();

    [GeneratedRegex(@"^\w+")]
    private static partial Regex FirstWord();
}
