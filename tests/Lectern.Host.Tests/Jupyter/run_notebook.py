"""Runs a notebook through the kernel .net-csharp with nbclient; the first error ends it.

Arguments: notebook, folder, and, to keep the outputs, a file for the notebook with them.
"""
import sys

import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(
    notebook, timeout=300, startup_timeout=120, kernel_name=".net-csharp", resources={"metadata": {"path": sys.argv[2]}}
).execute()
cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
errors = [output for cell in cells for output in cell.outputs if output.output_type == "error"]
assert not errors, errors
assert all(cell.execution_count for cell in cells)
if len(sys.argv) > 3:
    nbformat.write(notebook, sys.argv[3])
print(f"{len(cells)} cells, {sum(len(cell.outputs) for cell in cells)} outputs")
