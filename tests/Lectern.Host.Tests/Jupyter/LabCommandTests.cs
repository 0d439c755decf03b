using Lectern.Host.Commands;
using Lectern.Host.Running;

namespace Lectern.Host.Tests.Jupyter;

public class LabCommandTests
{
    [Theory]
    [InlineData("/usr/bin/jupyter-notebook", 6, "--NotebookApp.")]
    [InlineData("/usr/bin/jupyter-notebook", 7, "--ServerApp.")]
    [InlineData("/usr/bin/jupyter-lab", 4, "--ServerApp.")]
    public void Each_Jupyter_is_told_in_its_own_words(string program, int major, string server)
    {
        var lesson = Path.Combine(Checkout.Notebooks, "0-foundations", "Tensors.ipynb");
        var arguments = LabCommand.Arguments(program, major, silent: true, lesson).ToList();

        Assert.All(arguments.Where(a => a.Contains('=')), a => Assert.StartsWith(server, a));
        Assert.Contains(arguments, a => a.EndsWith($"_dir={Checkout.Notebooks}", StringComparison.Ordinal));
        Assert.Contains("--no-browser", arguments);
        Assert.Equal(lesson, arguments[^1]);
    }

    [Fact]
    public void A_notebook_of_the_readers_own_is_served_from_its_folder()
    {
        var arguments = LabCommand.Arguments("jupyter-lab", 4, silent: false, "/home/reader/mine/trial.ipynb").ToList();

        Assert.Contains("--ServerApp.root_dir=/home/reader/mine", arguments);
        Assert.DoesNotContain("--no-browser", arguments);
    }

    [Fact]
    public void The_courses_notebooks_are_trusted_and_no_other()
    {
        var lesson = Path.Combine(Checkout.Notebooks, "0-foundations", "Tensors.ipynb");
        var course = LabCommand.Trusted(Path.Combine(Checkout.Notebooks, "index.ipynb")).ToList();

        Assert.Contains(lesson, course);
        Assert.True(course.Count > 30);
        Assert.Equal(course, LabCommand.Trusted(lesson));
        Assert.Empty(LabCommand.Trusted("/home/reader/mine/trial.ipynb"));
    }
}
