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
          // A notebook that is not trusted keeps the text of its figures, and loses their numbers.
          function all(draw) {
            document.querySelectorAll('.lectern-figure:not([data-drawn]):has(.lectern-json)').forEach(draw);
          }
          function draw() {
            if (window.Plotly) all(function (el) {
              el.setAttribute('data-drawn', '');
              var f = JSON.parse(el.querySelector('.lectern-json').textContent);
              var dark = JSON.parse(el.querySelector('.lectern-dark').textContent);
              if (dark && !light(el)) f.layout.template = dark;
              var missing = el.querySelector('.lectern-missing'), why = missing.querySelector('.lectern-why');
              missing.style.display = 'none';
              var plot = el.appendChild(document.createElement('div'));
              plot.style.minHeight = el.getAttribute('data-height') + 'px';
              Plotly.newPlot(plot, f.data, f.layout, f.config).then(function () { missing.remove(); if (f.frames) Plotly.addFrames(plot, f.frames); })
                .catch(function (fault) {
                  why.textContent = 'Plotly could not draw this figure: ' + fault;
                  missing.style.display = '';
                  plot.remove();
                });
            });
          }
          // Jupyter serves the files that the kernel was installed with: from the machine itself, without a network.
          function jupyter() {
            var settings = document.getElementById('jupyter-config-data');
            return document.body.getAttribute('data-base-url') || (settings ? JSON.parse(settings.textContent).baseUrl : null);
          }
          draw();
          window.addEventListener('load', draw);
          var server = jupyter();
          if (window.Plotly || !server) return;
          if (!window.lecternPlotly) window.lecternPlotly = new Promise(function (loaded, missing) {
            var script = document.head.appendChild(document.createElement('script'));
            script.onload = loaded;
            script.onerror = missing;
            script.src = server + 'kernelspecs/.net-csharp/plotly.min.js';
          });
          window.lecternPlotly.then(draw, function () {
            window.lecternPlotly = null;
            all(function (el) {
              el.querySelector('.lectern-why').textContent =
                'an interactive figure: Jupyter has no plotly.min.js to draw it; "./lectern install" puts it beside the kernel';
            });
          });
        })();
        """;

    public static string Write(Figure figure)
    {
        var width = figure.Width is { } pixels ? FormattableString.Invariant($"width:{pixels}px;max-width:100%;") : "";
        var title = WebUtility.HtmlEncode(figure.Title.Length > 0 ? figure.Title : "Figure");
        var dark = figure.Theme == Theme.Light ? FigureJson.Write(Theme.Dark.Fields) : "null";
        return FormattableString.Invariant($"""
            <div class="lectern-figure" style="{width}" data-height="{figure.Height}">
            <p class="lectern-missing"><b>{title}</b> (<span class="lectern-why">an interactive figure: this page has no Plotly to draw it; in Jupyter, running the cell draws it</span>)</p>
            <script type="application/json" class="lectern-json">{figure.ToJson()}</script>
            <script type="application/json" class="lectern-dark">{dark}</script>
            </div>
            <script>
            {Script}
            </script>
            """);
    }
}
