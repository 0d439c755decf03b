// Before the page is painted: the reader's choice of dark or light. Storage may be closed to files.
try {
  if (/^(dark|light)$/.test(localStorage.getItem('lectern-theme'))) {
    document.documentElement.dataset.theme = localStorage.getItem('lectern-theme');
  }
} catch (closed) { }
