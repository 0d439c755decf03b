using System.Text.RegularExpressions;
using Lectern.Host.Pages;
using Lectern.Host.Running;
using Lectern.Host.Tests.Setup;

namespace Lectern.Host.Tests.Pages;

/// <summary>The list of the pages that a run made.</summary>
public sealed class PageIndexTests
{
    [Fact]
    public void Lessons_of_earlier_runs_stay_and_all_have_the_courses_order()
    {
        using var folder = new TemporaryFolder();
        LessonReport Ran(string name)
        {
            File.WriteAllText(Path.Combine(folder.Path, name + ".html"), "");
            return new LessonReport { Name = name, Title = name, Page = Path.Combine(folder.Path, name + ".html"), Seconds = 130.6 };
        }

        PageIndex.Update(folder.Path, [Ran("MaskRcnn"), Ran("OverSmoothing")]);
        PageIndex.Update(folder.Path, [Ran("Tensors")]);

        var html = File.ReadAllText(Path.Combine(folder.Path, "index.html"));
        Assert.Equal(["Tensors", "OverSmoothing", "MaskRcnn"], Regex.Matches(html, "<a href=\"(\\w+)\\.html\">").Select(m => m.Groups[1].Value));
        Assert.Contains("white-space:nowrap\">130.6 s</td>", html);
    }
}
