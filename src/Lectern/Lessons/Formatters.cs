using Lectern.Charts;

namespace Lectern.Lessons;

/// <summary>How notebooks show views, verdicts and headlines.</summary>
internal sealed class Formatters
{
    public IEnumerable<object> CreateTypeFormatters() =>
    [
        new ValueFormatter("text/html", value => ViewOf(value).Html),
        new ValueFormatter("text/plain", value => ViewOf(value).Text),
    ];

    private static View ViewOf(object value) => value switch
    {
        View view => view,
        CheckResult result => result.ToView(),
        Headline headline =>
        new View($"<p style=\"font-size:17px\"><b>{View.Escape(headline.ToString())}</b></p>",
            headline.ToString()),
        _ => View.Of(value.ToString() ?? ""),
    };
}
