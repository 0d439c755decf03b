using Lectern.Host.Engine;

namespace Lectern.Host.Languages;

/// <summary><c>#!share</c> and <c>#!set</c>: variables that go from one language to another, or come from the reader.</summary>
internal sealed class Sharing(Polyglot languages)
{
    private const string ShareUsage = "Write '#!share --from LANGUAGE NAME', in the language that takes the variable over.";
    private const string SetUsage = "Write '#!set --value @LANGUAGE:NAME --name NAME' or '#!set --value @input:PROMPT --name NAME'.";

    /// <summary><c>#!share --from fsharp x [--as y]</c>.</summary>
    public void Share(string line, CellScope cell)
    {
        var words = MagicLine.Of(line);
        if (words.Option("from") is not { } from || words.Plain.Count != 1)
        {
            throw new CellFailure("BadMagic", $"'#!share {line}' is not understood. {ShareUsage}");
        }
        Take(from, words.Plain[0], words.Option("as") ?? words.Plain[0], cell);
    }

    /// <summary><c>#!set --value @fsharp:x --name y</c>.</summary>
    public void Set(string line, CellScope cell)
    {
        var words = MagicLine.Of(line);
        if (words.Option("name") is not { } name || words.Option("value") is not { } value)
        {
            throw new CellFailure("BadMagic", $"'#!set {line}' is not understood. {SetUsage}");
        }
        var colon = value.IndexOf(':');
        if (!value.StartsWith('@'))
        {
            languages.Named(cell.Language).Declare(new Variable(name, typeof(string), value), cell);
        }
        else if (value[1..(colon < 0 ? value.Length : colon)] is "input" or "password")
        {
            var prompt = colon < 0 ? name : value[(colon + 1)..].Trim('"');
            var text = cell.Session.ReadLine(prompt, password: value.StartsWith("@password", StringComparison.Ordinal));
            languages.Named(cell.Language).Declare(new Variable(name, typeof(string), text ?? ""), cell);
        }
        else if (colon > 0)
        {
            Take(value[1..colon], value[(colon + 1)..], name, cell);
        }
        else
        {
            Take(Polyglot.CSharp, value[1..], name, cell);
        }
    }

    private void Take(string from, string name, string newName, CellScope cell)
    {
        var source = languages.Named(from);
        var variable = source.Variables.FirstOrDefault(v => v.Name == name)
            ?? throw new CellFailure(
                "UnknownVariable",
                $"There is no variable '{name}' in {from}. #!whos lists the variables that there are.");
        var target = languages.Named(cell.Language);
        if (target == source && name == newName)
        {
            throw new CellFailure(
                "BadMagic", $"'{name}' is a variable of {from} already. {ShareUsage}");
        }
        target.Declare(variable with { Name = newName }, cell);
    }
}
