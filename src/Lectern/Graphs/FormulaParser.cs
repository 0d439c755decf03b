using System.Globalization;

namespace Lectern.Graphs;

/// <summary>Reads formulas of FOC₂ as people write them.</summary>
/// <remarks>
/// <code>
/// formula  = or [("->" | "→") formula]
/// or       = and {("|" | "or" | "∨") and}
/// and      = unary {("&amp;" | "and" | "∧") unary}
/// unary    = ("!" | "not" | "¬") unary | quantifier unary | "(" formula ")" | atom
/// quantifier = ("exists" | "∃" | "forall" | "∀") [(">=" | "≥") N | "[" N "," N "]"] ("x" | "y")
/// atom     = Colour "(" variable ")" | "E(x,y)" | "x = y" | "x != y" | "true" | "false"
/// </code>
/// A quantifier reaches as far as a negation does: over the next atom, quantifier or bracket.
/// </remarks>
public sealed class FormulaParser
{
    private readonly string text;
    private readonly List<(string Token, int At)> tokens = [];
    private int next;

    private FormulaParser(string text)
    {
        this.text = text;
        Split();
    }

    /// <summary>Reads a formula.</summary>
    /// <param name="text">Such as <c>Red(x) &amp; exists>=2 y (E(x,y) &amp; Blue(y))</c>.</param>
    /// <exception cref="FormatException">It is not a formula; the message shows where.</exception>
    public static Formula Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new FormulaParser(text);
        var formula = parser.Implication();
        return parser.next == parser.tokens.Count ? formula : throw parser.Expected("an operator or the end");
    }

    private string Token => next < tokens.Count ? tokens[next].Token : "";

    private void Split()
    {
        for (int at = 0; at < text.Length;)
        {
            int begin = at;
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }
            if (char.IsAsciiLetter(text[at]))
                while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_')) at++;
            else if (char.IsAsciiDigit(text[at]))
                while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
            else
                at += begin + 1 < text.Length && text.Substring(begin, 2) is "->" or ">=" or "!=" or "&&" or "||" ? 2 : 1;
            tokens.Add((text[begin..at] switch
            {
                "→" => "->",
                "≥" => ">=",
                "≠" => "!=",
                "∧" or "&&" or "and" => "&",
                "∨" or "||" or "or" => "|",
                "¬" or "~" or "not" => "!",
                "∃" => "exists",
                "∀" => "forall",
                var token => token,
            }, begin));
        }
    }

    private bool Take(string token)
    {
        if (Token != token) return false;
        next++;
        return true;
    }

    private void Require(string token)
    {
        if (!Take(token)) throw Expected($"'{token}'");
    }

    private FormatException Expected(string what)
    {
        int at = next < tokens.Count ? tokens[next].At : text.Length;
        string found = next < tokens.Count ? $"'{tokens[next].Token}'" : "the end";
        return new FormatException($"Expected {what} where {found} stands:\n{text}\n{new string(' ', at)}^");
    }

    private Formula Implication()
    {
        var left = Disjunction();
        return Take("->") ? new Formula.Or(new Formula.Not(left), Implication()) : left;
    }

    private Formula Disjunction()
    {
        var left = Conjunction();
        while (Take("|")) left = new Formula.Or(left, Conjunction());
        return left;
    }

    private Formula Conjunction()
    {
        var left = Unary();
        while (Take("&")) left = new Formula.And(left, Unary());
        return left;
    }

    private Formula Unary()
    {
        if (Take("!")) return new Formula.Not(Unary());
        if (Token is "exists" or "forall") return Quantified();
        if (!Take("(")) return Atom();
        var inner = Implication();
        Require(")");
        return inner;
    }

    private Formula Quantified()
    {
        bool all = Token == "forall";
        next++;
        if (all)
        {
            char each = Variable();
            return Formula.ForAll(each, Unary());
        }
        if (Take("["))
        {
            int least = Number();
            Require(",");
            int most = Number();
            Require("]");
            if (most < least) throw new FormatException($"Nothing lies between {least} and {most}: {text}");
            char counted = Variable();
            return Formula.Between(least, most, counted, Unary());
        }
        int count = Take(">=") ? Number() : 1;
        char variable = Variable();
        return new Formula.AtLeast(count, variable, Unary());
    }

    private int Number()
    {
        if (!int.TryParse(Token, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            throw Expected("a number");
        next++;
        return number;
    }

    private char Variable()
    {
        if (Token is not ("x" or "y")) throw Expected("x or y, the two variables of FOC₂,");
        return tokens[next++].Token[0];
    }

    private Formula Atom()
    {
        if (Take("true")) return new Formula.True();
        if (Take("false")) return new Formula.Not(new Formula.True());
        if (Token is "x" or "y")
        {
            char first = Variable();
            bool differ = Token == "!=";
            if (!differ && Token != "=") throw Expected("'=' or '!='");
            next++;
            RequireOther(first);
            return differ ? new Formula.Not(new Formula.Equal()) : new Formula.Equal();
        }
        if (Token.Length == 0 || !char.IsAsciiLetter(Token[0])) throw Expected("a formula");
        string name = tokens[next++].Token;
        Require("(");
        char variable = Variable();
        if (name == "E")
        {
            Require(",");
            RequireOther(variable);
        }
        Require(")");
        return name == "E" ? new Formula.Edge() : new Formula.Colour(name, variable);
    }

    private void RequireOther(char variable)
    {
        if (Token != Formula.Other(variable).ToString()) throw Expected($"'{Formula.Other(variable)}'");
        next++;
    }
}
