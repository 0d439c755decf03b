using System.Net;

namespace Lectern.Charts;

/// <summary>A figure as a fragment of HTML that brings its own drawing lines but not Plotly.</summary>
internal static class FigureHtml
{
    // Draws what is not drawn yet: a fragment has no name of its own, so that equal figures give equal text.
    private const string Script = """
        (function () {
          function light(el) {
            for (var e = el; e; e = e.parentElement) {
              var c = getComputedStyle(e).backgroundColor.match(/[\d.]+/g);
              if (c && (c.length < 4 || +c[3] > 0.5)) return 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2] > 127;
            }
            return !matchMedia('(prefers-color-scheme: dark)').matches || !getComputedStyle(document.documentElement).colorScheme.includes('dark');
          }
          function draw() {
            if (!window.Plotly) return;
            document.querySelectorAll('.lectern-figure:not([data-drawn])').forEach(function (el) {
              el.setAttribute('data-drawn', '');
              var f = JSON.parse(el.querySelector('.lectern-json').textContent);
              var dark = JSON.parse(el.querySelector('.lectern-dark').textContent);
              if (dark && !light(el)) f.layout.template = dark;
              el.querySelector('.lectern-missing').remove();
              var plot = el.appendChild(document.createElement('div'));
              Plotly.newPlot(plot, f.data, f.layout, f.config).then(function () { if (f.frames) Plotly.addFrames(plot, f.frames); });
            });
          }
          draw();
          window.addEventListener('load', draw);
        })();
        """;

    public static string Write(Figure figure)
    {
        var width = figure.Width is { } pixels ? FormattableString.Invariant($"width:{pixels}px;max-width:100%;") : "";
        var title = WebUtility.HtmlEncode(figure.Title.Length > 0 ? figure.Title : "Figure");
        var dark = figure.Theme == Theme.Light ? FigureJson.Write(Theme.Dark.Fields) : "null";
        var height = FormattableString.Invariant($"min-height:{figure.Height}px");
        return $"""
            <div class="lectern-figure" style="{width}{height}">
            <p class="lectern-missing"><b>{title}</b> (an interactive figure: this page has no Plotly to draw it)</p>
            <script type="application/json" class="lectern-json">{figure.ToJson()}</script>
            <script type="application/json" class="lectern-dark">{dark}</script>
            </div>
            <script>
            {Script}
            </script>
            """;
    }
}
