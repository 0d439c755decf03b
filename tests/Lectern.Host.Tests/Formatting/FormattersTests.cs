using System.Runtime.CompilerServices;
using Lectern.Graphs;
using Lectern.Host.Formatting;
using TorchSharp;
using static TorchSharp.torch;

namespace Lectern.Host.Tests.Formatting;

/// <summary>What cells show of values: enough to read, never without end, and nothing that a page would take for its own.</summary>
public sealed class FormattersTests
{
    private sealed record Person(string Name, int Age, double[] Scores);

    [ModuleInitializer]
    internal static void Register() => KitFormatters.Register();

    [Fact]
    public void A_tensor_shows_shape_type_device_its_first_values_and_a_strip_of_colours()
    {
        using var tensor = arange(100, dtype: ScalarType.Float32).reshape(10, 10);
        var (html, text) = Shown(tensor);
        Assert.StartsWith("[10, 10] float32 on cpu\n   0   1   2   3   4   5   …\n", text);
        Assert.EndsWith("\n   …", text);
        Assert.Contains("[10, 10] float32 on cpu", html);
        Assert.Equal(10, html.Split("<rect ").Length - 1);
        Assert.Contains("<td style=\"text-align:right\">55</td>", html);
        Assert.DoesNotContain(">6<", html);
    }

    [Fact]
    public void A_disposed_tensor_says_so()
    {
        var tensor = zeros(3);
        tensor.Dispose();
        Assert.StartsWith("a disposed tensor", Shown(tensor).Text);
    }

    [Fact]
    public void Bytes_of_an_image_show_the_image_and_of_a_large_one_a_smaller()
    {
        using var small = zeros(3, 20, 30, dtype: ScalarType.Byte);
        Assert.Equal((30, 20), PictureSize(Shown(small).Html));
        using var large = zeros(1, 1000, 2000, dtype: ScalarType.Byte);
        Assert.Equal((500, 250), PictureSize(Shown(large).Html));
        using var numbers = zeros(3, 20, 30);
        Assert.DoesNotContain("<img", Shown(numbers).Html);
    }

    [Fact]
    public void A_small_graph_is_drawn_with_its_numbers_and_the_same_each_time()
    {
        var kite = Graph.Undirected((0, 1), (1, 2), (0, 2), (2, 3));
        var (html, text) = Shown(kite);
        Assert.Equal("graph: 4 nodes, 4 edges, each edge both ways", text);
        Assert.Equal((4, 4, 0), (Count(html, "<circle "), Count(html, "<line "), Count(html, "<polygon ")));
        Assert.Equal(html, Shown(Graph.Undirected((0, 1), (1, 2), (0, 2), (2, 3))).Html);
        var (directed, line) = Shown(Graph.Directed(3, (0, 1), (1, 2), (2, 2)));
        Assert.Equal("graph: 3 nodes, 3 edges, directed, 1 of them loops", line);
        Assert.Equal(2, Count(directed, "<polygon "));
        Assert.DoesNotContain("NaN", directed + html);
    }

    [Fact]
    public void A_large_graph_shows_its_numbers_alone()
    {
        var (html, text) = Shown(Graph.Undirected(5000, [.. Enumerable.Range(0, 4999).Select(i => (i, i + 1))]));
        Assert.Equal("graph: 5,000 nodes, 4,999 edges, each edge both ways", text);
        Assert.Equal($"<div><code>{text}</code></div>", html);
    }

    [Fact]
    public void Records_tuples_and_dictionaries_are_tables()
    {
        Assert.Equal("Name   Age  Scores\nA b\"c    7  1.5, 2", Shown(new[] { new Person("A\nb\"c", 7, [1.5, 2]) }).Text);
        Assert.Contains("<td>A\nb&quot;c</td><td style=\"text-align:right\">7</td>", Shown(new[] { new Person("A\nb\"c", 7, []) }).Html);
        Assert.Equal("Item1  Item2\na          1", Shown(new List<(string, int)> { ("a", 1) }).Text);
        Assert.Equal("Key  Value\n<a>      1\nb        2", Shown(new Dictionary<string, int> { ["<a>"] = 1, ["b"] = 2 }).Text);
        Assert.Equal("epoch  loss  note\n    1   0.5\n    2        late", Shown(new[]
        {
            new Dictionary<string, object> { ["epoch"] = 1, ["loss"] = 0.5 },
            new Dictionary<string, object> { ["epoch"] = 2, ["note"] = "late" },
        }).Text);
    }

    [Fact]
    public void Long_tables_lists_and_texts_end_with_an_ellipsis()
    {
        Assert.EndsWith("\n… 50 more rows", Shown(Enumerable.Range(0, 100).Select(i => (i, i)).ToList()).Text);
        Assert.Contains("1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …", Shown(new[] { new Person("", 0, [.. Enumerable.Range(1, 11).Select(i => (double)i)]) }).Text);
        Assert.EndsWith("xx… (800 more characters)", Shown(new[] { new Person(new string('x', 1000), 0, []) }).Text.Split("  ")[^3].TrimEnd());
        Assert.EndsWith("x… (1 more characters)", Bundles.Of(new string('x', 100_001), []).Forms["text/plain"].GetValue<string>());
        Assert.Contains("(980 more)", Shown(new int[1000]).Text);
    }

    [Fact]
    public void An_exception_shows_its_cause_and_is_neither_html_nor_a_terminals_command()
    {
        var (html, text) = Shown(new InvalidOperationException("\u001b[31m<b>no\u001b[0m\u001b]0;title\u0007", new IOException("disk")));
        Assert.Equal("System.InvalidOperationException: <b>no\nbecause of System.IO.IOException: disk", text);
        Assert.Equal("<pre>System.InvalidOperationException: &lt;b&gt;no\nbecause of System.IO.IOException: disk</pre>", html);
    }

    private static (string Html, string Text) Shown(object value)
    {
        var forms = Bundles.Of(value, []).Forms;
        return (forms.GetValueOrDefault("text/html")?.GetValue<string>() ?? "", forms["text/plain"].GetValue<string>());
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static (int, int) PictureSize(string html)
    {
        var start = html.IndexOf("base64,", StringComparison.Ordinal) + "base64,".Length;
        var png = Convert.FromBase64String(html[start..html.IndexOf('"', start)]);
        return (System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)),
            System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
    }
}
