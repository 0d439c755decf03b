using System.Globalization;

namespace Lectern.Host.Running;

/// <summary>What to do with a lesson when it is run.</summary>
internal sealed record RunOptions
{
    /// <summary>The time limit of a cell in seconds; 0 for none.</summary>
    public double CellSeconds { get; init; } = NotebookRun.CellSeconds;

    /// <summary>Whether to run the exercises' solutions too.</summary>
    public bool Solutions { get; init; }

    /// <summary>Whether the outputs go into the notebook itself, with pictures beside the figures.</summary>
    public bool Publish { get; init; }

    /// <summary>Where the executed copy and the page go.</summary>
    public string Output { get; init; } = Checkout.Pages;

    /// <summary>The arguments of the <c>execute</c> command for a lesson.</summary>
    public IEnumerable<string> Arguments(LessonFile lesson)
    {
        yield return "--cell-seconds";
        yield return CellSeconds.ToString(CultureInfo.InvariantCulture);
        yield return "--notebook";
        yield return Publish ? lesson.Path : Path.Combine(Output, $"{lesson.Name}.ipynb");
        yield return "--page";
        // The course's map; index.html is the list of the pages that are here.
        yield return Path.Combine(Output, $"{(lesson.Area.Length == 0 ? "course" : lesson.Name)}.html");
        if (Solutions)
        {
            yield return "--solutions";
        }
        if (Publish)
        {
            yield return "--pictures";
        }
    }
}
