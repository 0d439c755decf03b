// The book's menu, its switch between dark and light, its search, and its printed form.
(function () {
  'use strict';
  var root = document.documentElement;
  var menu = document.getElementById('menu');
  menu.open = window.matchMedia('(min-width: 1180px)').matches;

  document.getElementById('theme').addEventListener('click', function () {
    var dark = root.dataset.theme ? root.dataset.theme === 'dark' : window.matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    try { localStorage.setItem('lectern-theme', root.dataset.theme); } catch (closed) { /* kept for this page only */ }
    window.dispatchEvent(new Event('lectern-theme'));
  });

  // The index is a script: a page that was opened as a file may not fetch one.
  var input = document.getElementById('search');
  var found = document.getElementById('found');
  var asked = false;
  function search() {
    var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    found.replaceChildren();
    if (!window.lecternIndex || words.length === 0) { return; }
    var hits = window.lecternIndex.map(function (part) {
      var heading = (part.title + ' ' + part.heading).toLowerCase();
      var text = part.text.toLowerCase();
      var all = words.every(function (word) { return heading.includes(word) || text.includes(word); });
      var score = words.reduce(function (sum, word) {
        return sum + (heading.includes(word) ? 20 : 0) + Math.min(10, text.split(word).length - 1);
      }, 0);
      return { part: part, at: text.indexOf(words[0]), score: all ? score : 0 };
    }).filter(function (hit) { return hit.score > 0; }).sort(function (a, b) { return b.score - a.score; });
    hits.slice(0, 12).forEach(function (hit) {
      var link = document.createElement('a');
      link.href = hit.part.page;
      link.textContent = hit.part.title + (hit.part.heading ? ': ' + hit.part.heading : '');
      var around = document.createElement('small');
      // From a word's beginning to a word's end.
      around.textContent = hit.part.text.slice(Math.max(0, hit.at - 30), Math.max(0, hit.at) + 70).replace(hit.at > 30 ? /^\S*\s/ : '', '').replace(/\s\S*$/, '');
      var item = found.appendChild(document.createElement('li'));
      item.append(link, around);
    });
    if (hits.length === 0) { found.appendChild(document.createElement('li')).textContent = 'Nothing found.'; }
  }
  input.addEventListener('focus', function () {
    if (asked) { return; }
    asked = true;
    var script = document.createElement('script');
    script.src = 'assets/search-index.js';
    script.onload = search;
    document.head.appendChild(script);
  });
  input.addEventListener('input', search);

  // What scrolls must be reachable by keys.
  document.querySelectorAll('pre, table, .output').forEach(function (box) {
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) { box.tabIndex = 0; }
  });

  var opened = [];
  window.addEventListener('beforeprint', function () {
    opened = Array.from(document.querySelectorAll('main details:not([open])'));
    opened.forEach(function (part) { part.open = true; });
  });
  window.addEventListener('afterprint', function () { opened.forEach(function (part) { part.open = false; }); });
})();
