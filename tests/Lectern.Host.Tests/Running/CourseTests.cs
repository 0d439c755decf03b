using Lectern.Host.Running;

namespace Lectern.Host.Tests.Running;

/// <summary>Lessons by name, and the tour.</summary>
public sealed class CourseTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern course ").FullName;

    public CourseTests()
    {
        foreach (var path in new[] { "0-foundations/Tensors", "0-foundations/MessagePassing", "1-theory/OverSmoothing", "index", "9-own/Mine" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
            File.WriteAllText(Path.Combine(folder, path + ".ipynb"), "{}");
        }
    }

    [Fact]
    public void Lessons_are_in_reading_order_and_the_index_is_none() =>
        Assert.Equal(["MessagePassing", "Tensors", "OverSmoothing", "Mine"], new Course(folder).Lessons.Select(l => l.Name));

    [Fact]
    public void The_tour_has_one_lesson_of_each_area_that_has_any() =>
        Assert.Equal(["MessagePassing", "OverSmoothing", "Mine"], new Course(folder).Tour.Select(l => l.Name));

    [Fact]
    public void A_name_is_found_in_any_case_with_or_without_its_extension_and_once() =>
        Assert.Equal(
            ["OverSmoothing", "Tensors"],
            new Course(folder).Named(["oversmoothing", "Tensors.ipynb", "notebooks/1-theory/OverSmoothing.ipynb"]).Select(l => l.Name));

    [Fact]
    public void The_index_is_found_by_its_name() =>
        Assert.Equal(("", "index"), new Course(folder).Named(["index"]).Select(l => (l.Area, l.Name)).Single());

    [Theory]
    [InlineData("OverSmothing", "OverSmoothing")]
    [InlineData("tensor", "Tensors")]
    public void An_unknown_name_is_answered_with_close_ones(string name, string close)
    {
        var fault = Assert.Throws<ArgumentException>(() => new Course(folder).Named([name]));
        Assert.Contains($"There is no lesson '{name}'. Did you mean {close}", fault.Message);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
