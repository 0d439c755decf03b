using Lectern.Charts;

namespace Lectern.Tests.Charts;

public sealed class ChartTests
{
    [Fact]
    public void A_line_is_a_scatter_trace_with_lines() => Json.Equal(
        """
        {'data':[{'type':'scatter','mode':'lines','x':[1,2],'y':[0.5,0.25],'name':'train','line':{'color':'#0072B2','width':3,'dash':'dash'}}],
        'layout':{}}
        """,
        Chart.Line(new[] { 1, 2 }, new[] { 0.5, 0.25 }, Name: "train", LineColor: "#0072B2", LineWidth: 3,
            LineDash: StyleParam.DrawingStyle.Dash));

    [Fact]
    public void Points_may_be_coloured_by_value() => Json.Equal(
        """
        {'data':[{'type':'scatter','mode':'markers','x':['a','b'],'y':[1,2],'text':['p','q'],
        'marker':{'color':[0,1],'symbol':'square','size':9,'colorscale':'Cividis','showscale':true,
        'colorbar':{'title':{'text':'degree','side':'top'},'thickness':14,'outlinewidth':0}}}],'layout':{}}
        """,
        Chart.Point(new[] { "a", "b" }, new[] { 1f, 2f }, MultiText: ["p", "q"], MultiMarkerColor: [0, 1],
            MarkerColorScale: Colorscale.Cividis, ColorTitle: "degree",
            MarkerSymbol: StyleParam.MarkerSymbol.Square,
            MarkerSize: 9));

    [Fact]
    public void Bars_lie_and_columns_stand()
    {
        Json.Equal("{'data':[{'type':'bar','orientation':'h','x':[3],'y':['GCN'],'name':'n'}],'layout':{}}",
            Chart.Bar(new[] { 3 }, new[] { "GCN" }, Name: "n"));
        Json.Equal("{'data':[{'type':'bar','x':['GCN'],'y':[3],'marker':{'color':'#009E73'}}],'layout':{}}",
            Chart.Column(new[] { 3 }, new[] { "GCN" }, MarkerColor: Theme.Colour(2)));
    }

    [Fact]
    public void Histograms_share_their_bins_and_lie_over_each_other() => Json.Equal(
        """
        {'data':[{'type':'histogram','x':[1,1,2],'name':'a','opacity':0.6,'histnorm':'probability','nbinsx':4,'bingroup':'x'}],
        'layout':{'barmode':'overlay','bargap':0.02,'showlegend':true}}
        """,
        Chart.Histogram(new[] { 1, 1, 2 }, "a", Opacity: 0.6, HistNorm: StyleParam.HistNorm.Probability,
            NBinsX: 4));

    [Fact]
    public void A_box_plot_shows_its_values_beside_the_box() => Json.Equal(
        """
        {'data':[{'type':'box','y':[1,2,4],'name':'GAT','showlegend':false,'boxmean':true,'boxpoints':'all','jitter':0.4,
        'pointpos':-1.6,'marker':{'size':5}}],'layout':{}}
        """,
        Chart.BoxPlot(new[] { 1, 2, 4 }, "GAT"));

    [Fact]
    public void A_heatmap_has_its_first_row_at_the_top_and_a_diverging_scale_for_both_signs() => Json.Equal(
        """
        {'data':[{'type':'heatmap','z':[[-1,2],[0,null]],'x':['a','b'],
        'colorscale':[[0,'#2166AC'],[0.25,'#92C5DE'],[0.5,'#F7F7F7'],[0.75,'#F4A582'],[1,'#B2182B']],'zmid':0,
        'xgap':1,'ygap':1,'hoverongaps':false,'texttemplate':'%{z:.1f}','colorbar':{'thickness':14,'outlinewidth':0}}],
        'layout':{'yaxis':{'autorange':'reversed','showgrid':false,'zeroline':false},'xaxis':{'showgrid':false,'zeroline':false,'type':'category'}}}
        """,
        Chart.Heatmap(new double[,] { { -1, 2 }, { 0, double.NaN } }, X: ["a", "b"], ShowValues: true,
            Digits: 1));

    [Fact]
    public void A_learning_curve_is_the_mean_with_one_deviation_to_both_sides() => Json.Equal(
        """
        {'data':[{'type':'scatter','mode':'lines','x':[1,2,3,3,2,1],'y':[2,3,7,7,1,2],'fill':'toself',
        'fillcolor':'rgba(0,114,178,0.2)','line':{'width':0},'hoverinfo':'skip','legendgroup':'GCN','showlegend':false},
        {'type':'scatter','mode':'lines','x':[1,2,3],'y':[2,2,7],'name':'GCN','legendgroup':'GCN','line':{'color':'#0072B2','width':2}}],
        'layout':{}}
        """,
        Chart.LearningCurve([[2.0, 1.0], [2.0, 2.0], [2.0, 3.0, 7.0]], "GCN"));

    [Fact]
    public void A_single_run_has_no_band() =>
        Assert.DoesNotContain("toself", Chart.LearningCurve([[2.0, 1.0]]).ToJson());

    [Fact]
    public void A_drawn_graph_has_each_undirected_edge_once_and_a_trace_for_each_class() => Json.Equal(
        """
        {'data':[{'type':'scatter','mode':'lines','x':[0,1,null],'y':[1,0,null],'line':{'color':'#A6ACB5','width':1.4},'hoverinfo':'skip','showlegend':false},
        {'type':'scatter','mode':'markers','x':[0],'y':[1],'name':'even','hovertext':['node 0, even'],'hoverinfo':'text',
        'marker':{'size':10,'opacity':1,'line':{'color':'#FFFFFF','width':1},'color':'#0072B2'}},
        {'type':'scatter','mode':'markers','x':[1],'y':[0],'name':'class 1','hovertext':['node 1, class 1'],'hoverinfo':'text',
        'marker':{'size':10,'opacity':1,'line':{'color':'#FFFFFF','width':1},'color':'#D55E00'}}],
        'layout':{'xaxis':{'visible':false},'yaxis':{'visible':false,'scaleanchor':'x'},'hovermode':'closest','showlegend':true}}
        """,
        Chart.Graph([(0, 1), (1, 0)], [(0, 1), (1, 0)], Classes: [0, 1], ClassNames: ["even"], NodeSize: 10));

    [Fact]
    public void A_directed_graph_has_an_arrow_at_each_target_and_none_on_a_loop()
    {
        var json = Chart.Graph([(0, 0), (1, 0)], [(0, 1), (1, 0), (1, 1)], Directed: true, NodeSize: 10)
            .ToJson();
        Assert.Contains("\"symbol\":\"arrow\",\"angleref\":\"previous\",\"size\":[0,10,0,0,10,0,0,0,0", json);
        Assert.Equal(2, json.Split("\"size\":[")[1].Split(']')[0].Split(',').Count(size => size == "10"));
    }

    [Fact]
    public void A_value_on_the_nodes_is_their_colour()
    {
        var json = Chart.Graph([(0, 0), (1, 0)], [(0, 1)], Values: [-1, 0.5],
            ColorScale: Colorscale.Diverging).ToJson();
        Assert.Contains("\"color\":[-1,0.5]", json);
        Assert.Contains("\"cmid\":0", json);
        Assert.Contains("node 1: 0.5", json);
    }

    [Fact]
    public void Boxes_are_one_trace_with_a_label_at_each_upper_left_corner() => Json.Equal(
        """
        {'data':[{'type':'scatter','mode':'lines','x':[1,3,3,1,1,null],'y':[2,2,5,5,2,null],'name':'predicted','showlegend':true,
        'line':{'color':'#E69F00','width':2.5},'hoverinfo':'skip'}],
        'layout':{'annotations':[{'text':'cat','x':1,'y':2,'xanchor':'left','yanchor':'bottom','showarrow':false,'bgcolor':'#E69F00','borderpad':2,
        'font':{'color':'#000000','size':12}}]}}
        """,
        Chart.Boxes([(1, 2, 3, 5)], ["cat"], "predicted"));

    [Fact]
    public void An_images_first_pixel_covers_zero_to_one_from_the_upper_left()
    {
        var json = Chart.Image(new byte[] { 0, 255 }, 2, 1, 1).WithTheme(Theme.None).ToJson();
        Assert.Contains("\"type\":\"image\",\"source\":\"data:image/png;base64,iVBORw0KGgo", json);
        Assert.Contains("\"x0\":0.5,\"y0\":0.5", json);
        Assert.Contains("\"range\":[1,0]", json);
    }

    [Fact]
    public void A_masks_outline_runs_between_inside_and_outside()
    {
        var json = Chart.Mask(new[,] { { false, true, true } }, "m").ToJson();
        Assert.Contains(
            "\"x\":[1,3,null,1,3,null,1,1,null,3,3,null],\"y\":[0,0,null,1,1,null,0,1,null,0,1,null]", json);
    }

    [Fact]
    public void Objects_have_a_colour_each_and_say_what_they_are_and_how_sure_that_is()
    {
        using var scope = NewDisposeScope();
        var masks = zeros(2, 2, 3);
        masks[1, 0, 1] = tensor(0.9f);
        var figure = Chart.Objects(
            zeros([3, 2, 3], ScalarType.Byte), tensor(new float[,] { { 0, 0, 1, 1 }, { 1, 0, 2, 1 } }),
            tensor(new long[] { 4, 5 }), tensor(new[] { 0.5, 0.25 }), masks,
            new Dictionary<int, string> { [4] = "cat" });
        var json = figure.ToJson();
        Assert.Contains("\"text\":\"cat 0.50\"", json);
        Assert.Contains("\"text\":\"5 0.25\"", json);
        Assert.Contains("\"x\":[1,2,null,1,2,null,1,1,null,2,2,null],\"y\":[0,0,null,1,1,null,0,1,null,0,1,null]", json);
        Assert.Equal(5, figure.Traces.Length);                          // the picture, and a mask and a box twice
        // The one pixel inside is tinted, the others are black as they were.
        byte[] tinted = new byte[18];
        Convert.FromHexString(Theme.Colour(1).AsSpan(1)).Select(value => (byte)(value * 0.4)).ToArray().CopyTo(tinted, 3);
        Assert.Contains(Png.DataUri(tinted, 3, 2), json.Replace("\\u002B", "+"));
        Assert.Equal(2, Chart.Objects(zeros(2, 3), tensor(new float[,] { { 0, 0, 1, 1 } })).Traces.Length);
    }

    [Fact]
    public void Objects_that_do_not_fit_together_are_named()
    {
        using var scope = NewDisposeScope();
        var (picture, boxes) = (zeros(3, 4, 5), zeros(2, 4));
        string Message(Action drawing) => Assert.Throws<ArgumentException>(drawing).Message;
        Assert.Contains("2 boxes and 3 labels", Message(() => Chart.Objects(picture, boxes, zeros(3))));
        Assert.Contains("2 boxes and 1 scores", Message(() => Chart.Objects(picture, boxes, scores: zeros(1))));
        Assert.Contains("[2, 5, 4]", Message(() => Chart.Objects(picture, boxes, masks: zeros(2, 5, 4))));
    }

    [Fact]
    public void Reliability_gives_the_expected_calibration_error()
    {
        // Two bins of two: predicted 0.2 and came true 0.5; predicted 0.8 and came true 1: errors 0.3 and 0.2.
        var figure = Chart.Reliability([0.2, 0.2, 0.8, 0.8], [true, false, true, true], Bins: 2,
            Name: "TransE");
        Assert.Contains("TransE (ECE 0.250)", figure.ToJson());
        Assert.Contains("\"x\":[0.2,0.8],\"y\":[0.5,1]", figure.ToJson());
        Assert.Throws<ArgumentException>(() => Chart.Reliability([1.5], [true]));
    }

    [Fact]
    public void Paper_and_measured_stand_side_by_side_and_a_missing_number_is_no_bar()
    {
        var json = Chart.PaperAgainstMeasured(["Cora"], [81.5], [double.NaN], MeasuredDeviation: [0.5],
            Unit: "%").ToJson();
        Assert.Contains("\"y\":[81.5],\"name\":\"paper\",\"text\":[\"81.5\"]", json);
        Assert.Contains("\"y\":[null],\"name\":\"measured\",\"text\":[\"\"]", json);
        Assert.Contains("\"error_y\":{\"type\":\"data\",\"array\":[0.5]", json);
        Assert.Contains("\"barmode\":\"group\"", json);
        // Seven, or a long name: the bars lie, the first on top.
        string[] names = [.. Enumerable.Range(1, 7).Select(i => $"set {i}")];
        double[] values = [.. names.Select(_ => 1.0)];
        foreach (var lying in new[]
        {
            Chart.PaperAgainstMeasured(names, values, values, MeasuredDeviation: values, Unit: "%").ToJson(),
            Chart.PaperAgainstMeasured(["a name of twenty-five letters"], [1], [1], MeasuredDeviation: [1], Unit: "%").ToJson(),
        })
        {
            Assert.Contains("\"orientation\":\"h\"", lying);
            Assert.Contains("\"error_x\":{", lying);
            Assert.Contains("\"autorange\":\"reversed\"", lying);
        }
    }

    [Fact]
    public void Ticks_of_a_small_range_have_2_and_5_between_powers_of_ten_and_of_a_large_one_have_not()
    {
        string Of(double high) => Chart.Scaling([20, 30], [4, high]).ToJson();
        Assert.Contains("\"yaxis\":{\"type\":\"log\",\"exponentformat\":\"power\",\"dtick\":1}", Of(400));
        Assert.Contains("\"yaxis\":{\"type\":\"log\",\"exponentformat\":\"power\",\"dtick\":\"D2\"}", Of(20));
        Assert.DoesNotContain("dtick", Of(8));                              // no power of ten to count from
    }

    [Fact]
    public void A_label_is_dark_on_a_light_node_and_light_on_a_dark_one()
    {
        string Of(string scale, params double[] values) => Chart.Graph([(0, 0), (1, 0), (2, 0)], [], Values: values,
            Labels: ["a", "b", "c"], ColorScale: scale).ToJson();
        Assert.Contains("\"textfont\":{\"color\":[\"#FFFFFF\",\"#FFFFFF\",\"#000000\"]", Of(Colorscale.Viridis, 0, 1, 2));
        Assert.Contains("\"textfont\":{\"color\":[\"#FFFFFF\",\"#000000\",\"#FFFFFF\"]", Of(Colorscale.Diverging, -2, 0, 2));
        Assert.Contains("\"textfont\":{\"color\":[\"#FFFFFF\",\"#FFFFFF\",\"#FFFFFF\"]", Of(Colorscale.Cividis, 0, 1, 2));
    }

    [Fact]
    public void Scaling_says_the_slope_it_fitted()
    {
        var json = Chart.Scaling([10, 100, 1000], [3, 300, 30000], "ours").ToJson();
        Assert.Contains("ours: slope 2.00", json);
        Assert.Contains("\"type\":\"log\"", json);
    }

    [Fact]
    public void A_vector_field_is_one_trace_with_a_head_at_each_end() => Json.Equal(
        """
        {'data':[{'type':'scatter','mode':'lines+markers','x':[0,0.5,null],'y':[1,0,null],'showlegend':false,
        'line':{'color':'#0072B2','width':1.4},'hoverinfo':'skip','marker':{'symbol':'arrow','angleref':'previous','size':[0,9,0],
        'color':'#0072B2','opacity':1,'line':{'width':0}}}],'layout':{}}
        """,
        Chart.VectorField([0], [1], [1], [-2], Scale: 0.5));

    [Fact]
    public void Stream_lines_of_a_turning_field_keep_their_distance_from_the_middle()
    {
        var figure = Chart.StreamLines((x, y) => (-y, x), (-1, 1), (-1, 1), Density: 8);
        var (x, y) = ((double[])figure.Traces[0].Get("x")!, (double[])figure.Traces[0].Get("y")!);
        var lines = 0;
        for (var i = 0; i < x.Length; lines++)
        {
            var radius = x[i] * x[i] + y[i] * y[i];
            for (; !double.IsNaN(x[i]); i++) Assert.Equal(radius, x[i] * x[i] + y[i] * y[i], 1e-3);
            i++;
        }
        Assert.True(lines > 5, $"{lines} lines");
    }

    [Theory]
    [InlineData("x has 2 values and y 1: give both the same number.")]
    public void Lengths_that_differ_are_named(string message) =>
        Assert.Equal(message,
            Assert.Throws<ArgumentException>(() => Chart.Line(new[] { 1, 2 }, new[] { 1 })).Message);

    [Fact]
    public void Tensors_are_drawn_as_their_numbers()
    {
        using var values = tensor(new float[] { 1, 2, 3, 4 });
        using var matrix = values.reshape(2, 2);
        Assert.Contains("\"y\":[1,2,3,4]", Chart.Line(new[] { 0, 1, 2, 3 }, values).ToJson());
        Assert.Contains("\"z\":[[1,2],[3,4]]", Chart.Heatmap(matrix).ToJson());
        Assert.Contains("\"x\":[1,2,3,4]", Chart.Histogram(values).ToJson());
        Assert.Throws<ArgumentException>(() => Chart.Heatmap(matrix.reshape(1, 2, 2)));
    }

    [Fact]
    public void A_graph_and_boxes_come_from_tensors_too()
    {
        using var edges = tensor(new long[] { 0, 1, 1, 0 }).reshape(2, 2);      // 0 -> 1, 1 -> 0
        using var boxes = tensor(new float[] { 1, 2, 3, 5 }).reshape(1, 4);
        Assert.Equal(
            Chart.Graph([(0, 0), (1, 1)], [(0, 1), (1, 0)]).ToJson(),
            Chart.Graph([(0, 0), (1, 1)], edges).ToJson());
        Assert.Equal(Chart.Boxes([(1, 2, 3, 5)]).ToJson(), Chart.Boxes(boxes).ToJson());
        Assert.Throws<ArgumentException>(() => Chart.Boxes(edges));
    }

    [Fact]
    public void An_image_tensor_has_its_channels_first()
    {
        using var image = tensor(new float[] { 1, 0, 0, 1, 0, 0 }).reshape(3, 1, 2);   // red, then green
        Assert.Equal(Chart.Image(new byte[] { 255, 0, 0, 0, 255, 0 }, 2, 1).ToJson(),
            Chart.Image(image).ToJson());
    }
}
