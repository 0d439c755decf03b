using Lectern.Lessons;

namespace Lectern.Tests.Lessons;

public sealed class SourceTextTests
{
    private const string Source = """"
        namespace N;

        /// <summary>Step( is named here { but not declared.</summary>
        public sealed record Settings(int Levels = 2, int Hops = 2);

        [Obsolete("Step(")]
        public static class Rule
        {
            private const string Text = "} Step() {" + $"{(true ? "}" : "{")}" + @"\" + """ } """;
            private static readonly double[] Weights = { 1, 2 };

            // Step(1) in a comment {
            public static int Before() { return Step(1) + (Step(2) > '}' ? 1 : 0); }

            public static int Step<T>(T x)
                where T : struct
            {
                if (Before() > 0) { return Step(3); }       // }
                return 0;
            }

            public int Count { get; } = 4;

            internal (int A, int B) Pair(int x) =>
                x switch { 0 => (1, 2), _ => (3, 4) };

            public Rule(int x) { }
        }
        """";

    [Theory]
    [InlineData("Step", 14, 19, "public static int Step<T>(T x)", "}")]
    [InlineData("Before", 12, 12, "public static int Before() { return Step(1) + (Step(2) > '}' ? 1 : 0); }", null)]
    [InlineData("Pair", 23, 24, "internal (int A, int B) Pair(int x) =>", "    x switch { 0 => (1, 2), _ => (3, 4) };")]
    [InlineData("Count", 21, 21, "public int Count { get; } = 4;", null)]
    [InlineData("Weights", 9, 9, "private static readonly double[] Weights = { 1, 2 };", null)]
    [InlineData("Settings", 3, 3, "public sealed record Settings(int Levels = 2, int Hops = 2);", null)]
    [InlineData("Rule", 5, 27, "[Obsolete(\"Step(\")]", "}")]
    public void A_declaration_is_found_whole_among_calls_comments_and_strings(
        string member, int first, int last, string begins, string? ends)
    {
        var found = SourceText.Find(Source, member);
        Assert.NotNull(found);
        Assert.Equal(first, found.Value.First);
        Assert.Equal(last - first + 1, found.Value.Lines.Length);
        Assert.Equal(begins, found.Value.Lines[0]);
        if (ends is not null) Assert.Equal(ends, found.Value.Lines[^1]);
    }

    [Theory]
    [InlineData("Levels")]
    [InlineData("Missing")]
    [InlineData("N")]
    public void What_is_not_declared_as_a_member_is_not_found(string member) =>
        Assert.Null(SourceText.Find(Source, member));
}
