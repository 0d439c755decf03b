using System.Globalization;
using System.Text.Json;
using Lectern.Charts;

namespace Lectern.Tests.Charts;

public sealed class FigureTests
{
    private static readonly Figure Line = Chart.Line(new[] { 1, 2 }, new[] { 3, 4 }, Name: "a");

    [Fact]
    public void Styles_become_plotlys_layout() => Json.Equal(
        """
        {'data':[{'type':'scatter','mode':'lines','x':[1,2],'y':[3,4],'name':'a'}],
        'layout':{'title':{'text':'Loss','subtitle':{'text':'Cora'}},'margin':{'t':84},'xaxis':{'title':{'text':'epoch'}},
        'yaxis':{'title':{'text':'loss'},'type':'log','range':[-2,1]},'width':400,'height':300,'showlegend':true}}
        """,
        Line.WithTitle("Loss", "Cora").WithXAxisStyle("epoch")
            .WithYAxisStyle("loss", StyleParam.AxisType.Log, (0.01, 10)).WithSize(400, 300).WithLegend(true));

    [Fact]
    public void A_figure_never_changes()
    {
        var before = Line.ToJson();
        _ = Line.WithTitle("other").WithLayout("xaxis.dtick", 1).WithTrace("marker.size", 9)
            .WithAnnotation("here", 1, 3);
        Assert.Equal(before, Line.ToJson());
    }

    [Fact]
    public void Values_given_later_do_not_reach_a_figure()
    {
        double[] y = [1, 2];
        var figure = Chart.Line(new[] { 1, 2 }, y);
        var before = figure.ToJson();
        y[0] = 99;
        Assert.Equal(before, figure.ToJson());
    }

    [Fact]
    public void Numbers_are_written_the_same_in_every_culture_and_what_is_none_is_null()
    {
        var culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture =
                new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = "," } };
            var json = Chart.Line(new[] { 0.1f, 1e-7f }, new[] { double.NaN, double.PositiveInfinity })
                .ToJson();
            Assert.Contains("\"x\":[0.1,1E-07],\"y\":[null,null]", json);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void Combined_charts_keep_all_traces_notes_and_lines()
    {
        var json = Chart.Combine(
            Line.WithAnnotation("one", 1, 1).WithHorizontalLine(2),
            Line.WithAnnotation("two", 2, 2).WithVerticalLine(3)).ToJson();
        using var figure = JsonDocument.Parse(json);
        Assert.Equal(2, figure.RootElement.GetProperty("data").GetArrayLength());
        Assert.Equal(2, figure.RootElement.GetProperty("layout").GetProperty("annotations").GetArrayLength());
        Assert.Equal(2, figure.RootElement.GetProperty("layout").GetProperty("shapes").GetArrayLength());
    }

    [Fact]
    public void What_a_line_stands_for_is_written_across_above_or_beside_it()
    {
        string Label(Figure figure) => JsonDocument.Parse(figure.ToJson()).RootElement.GetProperty("layout")
            .GetProperty("shapes")[0].GetProperty("label").GetRawText().Replace('"', '\'');
        const string expected = "{'text':'chance','textposition':'end','textangle':0,";
        Assert.Equal(expected + "'xanchor':'right','yanchor':'bottom','font':{'shadow':'auto'}}",
            Label(Line.WithHorizontalLine(2, "chance")));
        Assert.Equal(expected + "'xanchor':'left','yanchor':'top','font':{'shadow':'auto'}}",
            Label(Line.WithVerticalLine(2, "chance")));
    }

    [Fact]
    public void A_grid_gives_each_chart_axes_of_its_own_and_a_shared_name_one_legend_entry()
    {
        var chart = Line.WithTitle("t").WithXAxisStyle("epoch").WithHorizontalLine(1);
        using var figure = JsonDocument.Parse(Chart.Grid([chart, chart, chart], 2, 2).ToJson());
        var layout = figure.RootElement.GetProperty("layout");
        var traces = figure.RootElement.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(["x", "x2", "x3"], traces.Select(t => t.GetProperty("xaxis").GetString()));
        Assert.False(traces[0].TryGetProperty("showlegend", out _));
        Assert.False(traces[1].GetProperty("showlegend").GetBoolean());
        Assert.Equal("epoch",
            layout.GetProperty("xaxis3").GetProperty("title").GetProperty("text").GetString());
        Assert.Equal(["x domain", "x2 domain", "x3 domain"],
            layout.GetProperty("shapes").EnumerateArray().Select(s => s.GetProperty("xref").GetString()));
        Assert.Equal(["y", "y2", "y3"],
            layout.GetProperty("shapes").EnumerateArray().Select(s => s.GetProperty("yref").GetString()));
        Assert.Equal(0, layout.GetProperty("xaxis3").GetProperty("domain")[0].GetDouble());
        Assert.True(layout.GetProperty("yaxis3")
            .GetProperty("domain")[1].GetDouble() < layout.GetProperty("yaxis")
            .GetProperty("domain")[0].GetDouble());
        Assert.Throws<ArgumentException>(() => Chart.Grid([chart, chart], 1, 1));
    }

    [Fact]
    public void What_neighbours_in_a_row_of_a_grid_would_both_say_is_said_once()
    {
        static Figure Heat(double top) =>
            Chart.Heatmap(new double[,] { { 0, 1 } }, ColorTitle: "%", ZMin: 0, ZMax: top).WithYAxisStyle("node");
        static (bool[] Scales, bool[] Titles, double[] Ends) Read(params Figure[] charts)
        {
            using var figure = JsonDocument.Parse(Chart.Grid(charts, 1, 2).ToJson());
            var layout = figure.RootElement.GetProperty("layout");
            return ([.. figure.RootElement.GetProperty("data").EnumerateArray()
                    .Select(t => !t.TryGetProperty("showscale", out var shown) || shown.GetBoolean())],
                [.. new[] { "yaxis", "yaxis2" }.Select(axis => layout.GetProperty(axis).TryGetProperty("title", out _))],
                [.. new[] { "xaxis", "xaxis2" }.Select(axis => layout.GetProperty(axis).GetProperty("domain")[1].GetDouble())]);
        }
        Assert.Equal([false, true], Read(Heat(1), Heat(1)).Scales);
        Assert.Equal([true, true], Read(Heat(1), Heat(2)).Scales);          // the same colours, other values
        Assert.Equal([true, false], Read(Heat(1), Heat(1)).Titles);
        Assert.Equal([true, true], Read(Heat(1), Heat(1).WithYAxisStyle("graph")).Titles);
        // A scale needs room, and more of it where another chart stands beside.
        Assert.True(Read(Heat(1), Heat(2)).Ends[0] < Read(Heat(1), Heat(1)).Ends[0]);
    }

    [Fact]
    public void Frames_share_axes_wide_enough_for_all_and_a_slider_that_names_them()
    {
        var figure = Chart.Animate(
            [("0", Chart.Line(new[] { 0, 1 }, new[] { 0, 1 })),
                ("1", Chart.Line(new[] { 0, 1 }, new[] { 0, 50 }))], "layer ");
        using var json = JsonDocument.Parse(figure.ToJson());
        var layout = json.RootElement.GetProperty("layout");
        Assert.Equal([-3, 53],
            layout.GetProperty("yaxis").GetProperty("range").EnumerateArray().Select(v => v.GetDouble()));
        var slider = layout.GetProperty("sliders")[0];
        Assert.Equal("layer ", slider.GetProperty("currentvalue").GetProperty("prefix").GetString());
        Assert.Equal(["0", "1"],
            slider.GetProperty("steps").EnumerateArray().Select(s => s.GetProperty("label").GetString()));
        Assert.Equal(["0", "1"],
            json.RootElement.GetProperty("frames").EnumerateArray()
            .Select(f => f.GetProperty("name").GetString()));
        Assert.Throws<ArgumentException>(() => Chart.Animate([("0", Line),
            ("1", Chart.Combine(Line, Line))]));
    }

    [Fact]
    public void A_diverging_scale_keeps_its_middle_in_every_frame()
    {
        Figure Frame(double value) =>
            Chart.Graph([(0, 0), (1, 0)], [(0, 1)], Values: [value, 1], ColorScale: Colorscale.Diverging);
        var json = Chart.Animate([("0", Frame(-4)), ("1", Frame(2))]).ToJson();
        Assert.Contains("\"cmin\":-4,\"cmax\":4", json);
        Assert.DoesNotContain("cmid", json);
    }

    [Fact]
    public void The_html_form_holds_the_figure_escapes_its_title_and_fetches_nothing()
    {
        var html = Line.WithTitle("a < b </script>").ToHtml();
        Assert.Contains("a &lt; b &lt;/script&gt;", html);
        Assert.DoesNotContain("b </script>", html);
        Assert.DoesNotContain("http", html.Replace("https://", "http://"));
        Assert.Contains(Line.ToJson()[..60], html);
        Assert.Equal(html, Line.WithTitle("a < b </script>").ToHtml());
    }

    [Fact]
    public void Every_theme_colour_is_one_and_fades_to_rgba()
    {
        Assert.All(Theme.Palette, colour => Assert.Matches("^#[0-9A-F]{6}$", colour));
        Assert.Equal(Theme.Palette.Length, Theme.Palette.Distinct().Count());
        Assert.Equal(Theme.Colour(0), Theme.Colour(Theme.Palette.Length));
        Assert.Equal("rgba(0,114,178,0.25)", Theme.Fade("#0072B2", 0.25));
        Assert.Throws<ArgumentException>(() => Theme.Fade("blue", 0.5));
    }

    [Fact]
    public void Only_the_theme_differs_between_light_and_dark()
    {
        Assert.Contains("\"paper_bgcolor\":\"#FFFFFF\"", Line.ToJson());
        Assert.Contains("\"paper_bgcolor\":\"#1B1E23\"", Line.WithTheme(Theme.Dark).ToJson());
        Assert.DoesNotContain("template", Line.WithTheme(Theme.None).ToJson());
    }

    [Fact]
    public void The_text_form_names_title_and_traces() =>
        Assert.Equal("[figure: Loss] a", Line.WithTitle("Loss").ToString());

    [Fact]
    public void Notebooks_find_the_formats_by_the_attributes_name()
    {
        var attribute = typeof(Figure).GetCustomAttributes(true)
            .Single(a => a.GetType().Name == "TypeFormatterSourceAttribute");
        var source = (Type)attribute.GetType().GetProperty("FormatterSourceType")!.GetValue(attribute)!;
        var formatters =
            (System.Collections.IEnumerable)source.GetMethod("CreateTypeFormatters")!.Invoke(
                Activator.CreateInstance(source), null)!;
        var written = new Dictionary<string, string>();
        foreach (var formatter in formatters)
        {
            var writer = new StringWriter();
            Assert.Equal(true, formatter.GetType().GetMethod("Format")!.Invoke(formatter, [Line, writer]));
            written[(string)formatter.GetType()
                .GetProperty("MimeType")!.GetValue(formatter)!] = writer.ToString();
        }
        Assert.Equal(Line.ToJson(), written[Figure.MimeType]);
        Assert.Equal(Line.ToHtml(), written["text/html"]);
    }
}
