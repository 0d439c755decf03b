using Lectern.Lessons;

namespace Lectern.Tests.Lessons;

public sealed class CheckTests
{
    [Fact]
    public void A_right_answer_is_right_and_a_wrong_one_gets_the_hint_and_no_exception()
    {
        Assert.Equal(new CheckResult(true, "Right."), Check.That(true, "hint"));
        Assert.Equal(new CheckResult(false, "Count the edges."), Check.That(false, "Count the edges."));
    }

    [Theory]
    [InlineData(3.0000001, true, "Right.")]
    [InlineData(3.1, false, "3.1 is too large. Mind the mean.")]
    [InlineData(2.9, false, "2.9 is too small. Mind the mean.")]
    [InlineData(double.NaN, false, "The answer is not a number yet: fill it in. Mind the mean.")]
    [InlineData(double.NegativeInfinity, false, "-Infinity is too small. Mind the mean.")]
    public void Near_says_the_direction_and_not_the_answer(double actual, bool right, string message) =>
        Assert.Equal(new CheckResult(right, message), Check.Near(actual, 3, 1e-6, "Mind the mean."));

    [Fact]
    public void Of_several_numbers_the_first_wrong_one_is_named()
    {
        Assert.True(Check.Near([1.0, 2.0], [1.0, 2.0]).Right);
        Assert.Equal("Number 1 (from 0): 5 is too large.", Check.Near([1.0, 5.0], [1.0, 2.0]).Message);
        Assert.Equal("1 numbers where 2 are asked for.", Check.Near([1.0], [1.0, 2.0]).Message);
    }

    [Fact]
    public void Shapes_are_compared_with_a_place_for_any_length()
    {
        Assert.True(Check.Shape(new long[] { 4, 3 }, new long[] { -1, 3 }).Right);
        Assert.Equal("The shape is [4, 3], asked for is [any, 2].",
            Check.Shape(new long[] { 4, 3 }, new long[] { -1, 2 }).Message);
        Assert.False(Check.Shape(new long[] { 4 }, new long[] { 4, 1 }).Right);
    }

    [Fact]
    public void All_gives_the_first_hint()
    {
        Assert.Equal("b",
            Check.All(Check.That(true, "a"), Check.That(false, "b"), Check.That(false, "c")).Message);
        Assert.True(Check.All().Right);
    }

    [Fact]
    public void At_least_and_differ_compare_numbers()
    {
        Assert.True(Check.AtLeast(0.8, 0.8).Right);
        Assert.Equal("0.7 does not reach 0.8 yet.", Check.AtLeast(0.7, 0.8).Message);
        Assert.False(Check.AtLeast(double.NaN, 0.8).Right);
        Assert.True(Check.Differ(1, 2).Right);
        Assert.False(Check.Differ(1, 1).Right);
    }

    [Fact]
    public void Tensors_are_compared_by_shape_and_value()
    {
        using var a = tensor(new float[] { 1, 2, 3, 4 });
        using var b = a.reshape(2, 2);
        using var c = tensor(new float[] { 1, 2, 3, 5 });
        Assert.True(Check.Near(a, a).Right);
        Assert.StartsWith("The shape is [4], asked for is [2, 2].", Check.Near(a, b).Message);
        Assert.Equal("Number 3 (from 0): 4 is too small.", Check.Near(a, c).Message);
        Assert.Equal("There is no tensor yet.", Check.Near(null, a).Message);
        Assert.True(Check.Shape(b, 2, -1).Right);
        Assert.False(Check.Shape(b, 4).Right);
    }

    [Fact]
    public void Rows_of_a_tensor_that_are_the_same_get_a_hint()
    {
        using var rows = tensor(new float[] { 1, 2, 1, 2, 1, 3 }).reshape(3, 2);
        Assert.False(Check.Differ(rows, 0, 1).Right);
        Assert.True(Check.Differ(rows, 0, 2).Right);
        Assert.Contains("there are 3", Check.Differ(rows, 0, 3).Message);
    }

    [Fact]
    public void A_verdict_is_a_view_with_its_message_escaped()
    {
        var view = Check.That(false, "x < y").ToView();
        Assert.Equal("✗ x < y", view.Text);
        Assert.Contains("x &lt; y", view.Html);
    }

    [Fact]
    public void A_headline_is_one_line()
    {
        Assert.Equal("accuracy: 81.6 % (paper 81.5 %)",
            Lesson.Headline("accuracy", 81.6, "%", 81.5).ToString());
        Assert.Equal("accuracy: 99.33 %", Lesson.Headline("accuracy", 99.3333, "%").ToString());
        Assert.Equal("rate: 0.5", Lesson.Headline("rate", 0.5).ToString());
        Assert.Equal("time: 1.5e-5 s", Lesson.Headline("time", 1.5e-5, "s").ToString());
    }
}
