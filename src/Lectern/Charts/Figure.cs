using System.Collections.Immutable;
using System.Globalization;

namespace Lectern.Charts;

/// <summary>A Plotly figure: traces, a layout and, where a thing moves, frames. It never changes; every With…
/// gives a new one.</summary>
[TypeFormatterSource(typeof(FigureFormatters), PreferredMimeTypes = [MimeType, "text/html", "text/plain"])]
public sealed partial class Figure
{
    /// <summary>The MIME type under which notebooks know Plotly's figures.</summary>
    public const string MimeType = "application/vnd.plotly.v1+json";

    private static readonly Fields Config = Fields.Of(
        ("responsive", true), ("displaylogo", false),
        ("modeBarButtonsToRemove", new[] { "select2d", "lasso2d" }));

    internal Figure(
        ImmutableArray<Fields> traces, Fields? layout = null, ImmutableArray<Fields> frames = default,
        Theme? theme = null)
    {
        Traces = traces;
        Layout = layout ?? Fields.Empty;
        Frames = frames.IsDefault ? [] : frames;
        Theme = theme ?? Theme.Light;
    }

    internal ImmutableArray<Fields> Traces { get; }

    internal Fields Layout { get; }

    internal ImmutableArray<Fields> Frames { get; }

    /// <summary>How the figure looks.</summary>
    public Theme Theme { get; }

    /// <summary>The title; empty where there is none.</summary>
    public string Title => Layout.Get("title.text") as string ?? "";

    /// <summary>The height in pixels that the figure asks for; Plotly's 450 where it asks for none.</summary>
    public int Height => Layout.Get("height") is int height ? height : 450;

    /// <summary>The width in pixels that the figure asks for; null where it takes the page's.</summary>
    public int? Width => Layout.Get("width") as int?;

    /// <summary>The figure as Plotly's JSON: <c>{ data, layout, config, frames }</c>, the same text on every
    /// machine.</summary>
    /// <param name="indented">Whether to write one value a line.</param>
    public string ToJson(bool indented = false)
    {
        var layout = Theme.Fields is { } template ? Layout.With("template", template) : Layout;
        var figure = Fields.Of(("data", Traces), ("layout", layout), ("config", Config));
        return FigureJson.Write(Frames.IsEmpty ? figure : figure.With("frames", Frames), indented);
    }

    /// <summary>
    /// The figure as a fragment of HTML that the page's own Plotly draws: window.Plotly, now or once the page
    /// has loaded it. In Jupyter it is loaded from the folder that the kernel was installed into.
    /// On a dark page it is drawn in the dark theme.
    /// </summary>
    /// <remarks>Without Plotly the fragment shows the figure's title and says what is missing. It fetches
    /// nothing from elsewhere.</remarks>
    public string ToHtml() => FigureHtml.Write(this);

    /// <summary>The figure on one line, for hosts that show text only.</summary>
    public override string ToString()
    {
        var names = Traces.Select(t => t.Get("name") as string).Where(n => !string.IsNullOrEmpty(n))
            .Distinct().ToList();
        var title = Title.Length > 0 ? Title : "untitled";
        return string.Create(CultureInfo.InvariantCulture, $"[figure: {title}]") +
            (names.Count > 0 ? " " + string.Join(", ", names) : "");
    }

    internal Figure With(
        ImmutableArray<Fields>? traces = null, Fields? layout = null, ImmutableArray<Fields>? frames = null,
        Theme? theme = null) =>
        new(traces ?? Traces, layout ?? Layout, frames ?? Frames, theme ?? Theme);

    private sealed class FigureFormatters
    {
        public IEnumerable<object> CreateTypeFormatters() =>
        [
            new ValueFormatter(MimeType, figure => ((Figure)figure).ToJson()),
            new ValueFormatter("text/html", figure => ((Figure)figure).ToHtml()),
            new ValueFormatter("text/plain", figure => ((Figure)figure).ToString()),
        ];
    }
}
