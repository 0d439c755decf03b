// Draws a page's formulas and plots. Formulas are set with KaTeX's fonts, which lie beside the page, and are MathML for those
// who listen; plots are drawn when they come near the window, and again when the system turns dark or light.
(function () {
  'use strict';

  document.querySelectorAll('.math').forEach(function (element) {
    var display = element.matches('div, .display');
    var source = element.textContent.trim().replace(/^\\[([]/, '').replace(/\\[)\]]$/, '').trim();
    if (window.katex) {
      window.katex.render(source, element, { throwOnError: false, displayMode: display });
    } else {
      var code = document.createElement('code');
      code.textContent = source;
      element.replaceChildren(code);
    }
    // What is moved sideways is to be reached by keys, too.
    if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX === 'auto') { element.tabIndex = 0; }
  });

  var dark = window.matchMedia('(prefers-color-scheme: dark)');
  var plots = document.querySelectorAll('.plot');

  function colours(layout) {
    var text = getComputedStyle(document.body).color;
    var line = 'rgba(128, 128, 128, 0.3)';
    var copy = JSON.parse(JSON.stringify(layout || {}));
    copy.autosize = true;
    var theme = document.documentElement.dataset.theme;
    if (theme ? theme !== 'dark' : !dark.matches) { return copy; }
    copy.paper_bgcolor = copy.plot_bgcolor = 'rgba(0,0,0,0)';
    copy.font = Object.assign({}, copy.font, { color: text });
    var ground = (copy.template || {}).layout;
    if (ground) {
      copy.template.layout = Object.assign({}, ground, { font: Object.assign({}, ground.font, { color: text }) });
      Object.keys(copy.template.layout).concat(['xaxis', 'yaxis']).forEach(function (key) {
        if (/^[xy]axis/.test(key)) {
          copy.template.layout[key] = Object.assign({}, copy.template.layout[key], { gridcolor: line, zerolinecolor: line, linecolor: line });
        }
      });
    }
    return copy;
  }

  function draw(element) {
    var figure = JSON.parse(element.querySelector('script').textContent);
    var target = element.querySelector('.drawn');
    if (!target) {
      target = element.appendChild(document.createElement('div'));
      target.className = 'drawn';
    }
    // On a phone these would be squeezed beyond reading: they keep their width, and are moved sideways.
    var layout = figure.layout || {};
    var axes = Object.keys(layout).filter(function (key) { return /^xaxis/.test(key); }).length;
    if (axes > 1 || layout.sliders || (figure.data.length > 1 && layout.showlegend !== false)) {
      element.classList.add('wide');
      Object.assign(element, { tabIndex: 0, role: 'group', ariaLabel: 'Plot' });
    }
    var config = Object.assign({ responsive: true, displaylogo: false }, figure.config);
    window.Plotly.newPlot(target, { data: figure.data, layout: colours(figure.layout), config: config, frames: figure.frames });
  }

  if (!window.Plotly) {
    plots.forEach(function (element) {
      element.appendChild(document.createElement('p')).textContent = 'assets/plotly.min.js is missing beside this page; run the lesson again.';
    });
    return;
  }
  var watcher = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (entry.isIntersecting) {
        watcher.unobserve(entry.target);
        draw(entry.target);
      }
    });
  }, { rootMargin: '800px' });
  plots.forEach(function (element) { watcher.observe(element); });
  function redraw() { document.querySelectorAll('.plot:has(.drawn)').forEach(draw); }
  dark.addEventListener('change', redraw);
  window.addEventListener('lectern-theme', redraw);
  window.addEventListener('beforeprint', function () {
    document.querySelectorAll('.plot:not(:has(.drawn))').forEach(draw);
  });
})();
