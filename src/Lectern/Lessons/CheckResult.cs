using Lectern.Charts;

namespace Lectern.Lessons;

/// <summary>The verdict on an exercise.</summary>
/// <param name="Right">Whether the answer is right.</param>
/// <param name="Message">"Right.", or a hint that does not give the answer away.</param>
[TypeFormatterSource(typeof(Formatters))]
public sealed record CheckResult(bool Right, string Message)
{
    /// <summary>The verdict for a page: a green or an orange line.</summary>
    public View ToView()
    {
        var (colour, mark) = Right ? ("#009E73", "✓") : ("#D55E00", "✗");
        var html = $"<div style=\"border-left:4px solid {colour};padding:4px 10px;margin:4px 0\">" +
            $"<b style=\"color:{colour}\">{mark}</b> {View.Escape(Message)}</div>";
        return new View(html, ToString());
    }

    /// <summary>The verdict on one line.</summary>
    public override string ToString() => (Right ? "✓ " : "✗ ") + Message;
}
