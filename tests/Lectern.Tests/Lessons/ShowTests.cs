using Lectern.Lessons;

namespace Lectern.Tests.Lessons;

public sealed class ShowTests
{
    private sealed record Layer(string Name, int ParameterCount, double Share, int[] Shape, bool Frozen);

    [Fact]
    public void Records_become_rows_and_properties_columns()
    {
        var view = Show.Table([new Layer("conv<1>", 1234, 0.5, [16, 8], false),
            new Layer("b", 7, double.NaN, [2], true)]);
        Assert.Equal(
            """
            Name     Parameter count  Share  Shape    Frozen
            -------  ---------------  -----  -------  ------
            conv<1>             1234    0.5  [16, 8]  no
            b                      7      –  [2]      yes
            """, view.Text);
        Assert.Contains("conv&lt;1&gt;", view.Html);
        Assert.DoesNotContain("conv<1>", view.Html);
    }

    [Fact]
    public void Rows_of_cells_must_fit_the_columns()
    {
        Assert.Contains("3.142", Show.Table(["a", "b"], [["x", Math.PI]]).Text);
        Assert.Contains("Row 1 has 1 cells for 2",
            Assert.Throws<ArgumentException>(() => Show.Table(["a", "b"], [[1, 2], [1]])).Message);
    }

    [Fact]
    public void An_empty_table_is_its_header() => Assert.Equal("a  b\n-  -", Show.Table(["a", "b"], []).Text);

    [Fact]
    public void A_matrix_is_aligned_and_has_no_minus_zero()
    {
        var view = Show.Matrix(new[,] { { 1, -0.001 }, { -10.5, double.NaN } });
        Assert.Equal("[   1.00    0.00 ]\n[ -10.50     NaN ]", view.Text);
        Assert.Contains("-10.50", view.Html);
    }

    [Fact]
    public void A_large_matrix_shows_its_corners()
    {
        var rows = Show.Matrix(new double[20, 30], 0).Text.Split('\n');
        Assert.Equal(12, rows.Length);
        Assert.Contains("…", rows[0]);
        Assert.All(rows, row => Assert.Equal(rows[0].Length, row.Length));
    }

    [Fact]
    public void A_tensor_is_shown_as_a_matrix()
    {
        using var values = tensor(new float[] { 1, 2, 3, 4 });
        Assert.Equal("[ 1.0  2.0  3.0  4.0 ]", Show.Matrix(values, 1).Text);
        Assert.Equal("[ 1.0  2.0 ]\n[ 3.0  4.0 ]", Show.Matrix(values.reshape(2, 2), 1).Text);
    }

    [Fact]
    public void Guess_and_result_stand_side_by_side()
    {
        using var result = tensor(new float[] { 3, 6, 6, 3 }).reshape(4, 1);
        var figure = Show.Compare("after one step", new[] { 1f, float.NaN }, result, at: [0, 3]);
        Assert.Equal("after one step", figure.Title);
        Assert.Contains("\"x\":[\"0\",\"3\"],\"y\":[1,null],\"name\":\"guess\"", figure.ToJson());
        Assert.Contains("\"x\":[\"0\",\"3\"],\"y\":[3,3],\"name\":\"result\"", figure.ToJson());
        // Three digits, of which the first may be the only one that counts.
        Assert.Contains("\"text\":[\"64.3\",\"-4.2\"]", Show.Compare("x", [1.0, 2.0], [64.3333, -4.16667]).ToJson());
        Assert.Contains("\"text\":[\"0.884\",\"1\"]", Show.Compare("x", [1.0, 2.0], [0.88439, 1]).ToJson());
        Assert.Contains("\"text\":[\"5278\"]", Show.Compare("x", [1.0], [5278.0]).ToJson());
        Assert.Contains("no guess yet", Show.Compare("x", [double.NaN], [1.0]).ToJson());
        Assert.Throws<ArgumentException>(() => Show.Compare("x", new[] { 1.0 }, result, at: [4]));
        Assert.Throws<ArgumentException>(() => Show.Compare("x", [1.0, 2.0], [1.0]));
    }

    [Fact]
    public void The_librarys_own_lines_are_shown_with_their_numbers()
    {
        var view = Show.Code("Charts/PowerLaw.cs", "At");
        Assert.Matches(
            @"^src/Lectern/Charts/PowerLaw\.cs\n\d+  public double At\(double x\) => Factor \* Math\.Pow\(x, Slope\);$", view.Text);
        Assert.Contains("IEnumerable&lt;double&gt;", Show.Code("Charts/PowerLaw.cs", "Fit").Html);
    }

    [Fact]
    public void A_file_or_member_that_is_not_there_is_named()
    {
        Assert.Contains("declares no 'Nothing'",
            Assert.Throws<ArgumentException>(() => Show.Code("Charts/PowerLaw.cs", "Nothing")).Message);
        Assert.Contains("Charts/PowerLaw.cs",
            Assert.Throws<FileNotFoundException>(() => Show.Code("Papers/None.cs")).Message);
    }

    [Fact]
    public void Views_are_stacked_and_text_is_escaped()
    {
        var view = View.Stack(View.Of("a < b"), View.Of("c"));
        Assert.Equal("a < b\n\nc", view.Text);
        Assert.Equal("<p>a &lt; b</p><p>c</p>", view.Html);
    }
}
