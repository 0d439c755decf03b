// Which notebooks are Lectern's, and how their cells read.
import * as vscode from 'vscode';

/** VS Code's own type of .ipynb files. */
export const notebookType = 'jupyter-notebook';

/** The kernel's name in a notebook's metadata. */
export const kernelName = '.net-csharp';

/** The languages that a magic switches to, by each of its names. */
const switches: Record<string, string> = {
    csharp: 'csharp', cs: 'csharp', 'c#': 'csharp',
    fsharp: 'fsharp', fs: 'fsharp', 'f#': 'fsharp',
    html: 'html', markdown: 'markdown', md: 'markdown', mermaid: 'mermaid',
    javascript: 'javascript', js: 'javascript',
};

/** The languages of cells, the usual one first. */
export const languages = [...new Set(Object.values(switches))];

/** What an .ipynb file has as its own metadata; older forms of VS Code keep it one level deeper. */
export function metadataOf(thing: { readonly metadata: { readonly [key: string]: any } }): { readonly [key: string]: any } {
    return thing.metadata.metadata ?? thing.metadata.custom?.metadata ?? {};
}

/** Whether a notebook names the kernel. */
export function isOurs(notebook: vscode.NotebookDocument): boolean {
    return notebook.notebookType === notebookType && metadataOf(notebook).kernelspec?.name === kernelName;
}

/** The notebook and cell that a text belongs to; undefined where it is no cell of a notebook of the kernel. */
export function cellOf(document: vscode.TextDocument): vscode.NotebookCell | undefined {
    if (document.uri.scheme !== 'vscode-notebook-cell') return undefined;
    for (const notebook of vscode.workspace.notebookDocuments) {
        if (!isOurs(notebook)) continue;
        const cell = notebook.getCells().find(cell => cell.document === document);
        if (cell) return cell;
    }
    return undefined;
}

/** A cell's code as the host gets it, and how many characters stand before the cell's own text. */
export function sourceOf(cell: vscode.NotebookCell): { code: string; shift: number } {
    const text = cell.document.getText().replace(/\r\n/g, '\n');
    const language = cell.document.languageId;
    if (language === 'csharp' || !languages.includes(language) || languageByMagic(text)) return { code: text, shift: 0 };
    // The reader chose the language in the cell's corner and wrote no magic.
    const magic = `#!${language}\n`;
    return { code: magic + text, shift: magic.length };
}

/** The code cells above a cell, as the host gets them. */
export function cellsBefore(cell: vscode.NotebookCell): vscode.NotebookCell[] {
    return cell.notebook.getCells().slice(0, cell.index).filter(other => other.kind === vscode.NotebookCellKind.Code);
}

/** The language that a cell's first line chooses by a magic, if it does. */
export function languageByMagic(text: string): string | undefined {
    const first = text.split('\n').map(line => line.trim()).find(line => line !== '');
    const name = first?.startsWith('#!') ? first.slice(2).trim().split(/\s+/)[0]?.toLowerCase() : undefined;
    return name === undefined ? undefined : switches[name];
}

/** The metadata that makes a notebook one of the kernel's. */
export const kernelMetadata = {
    kernelspec: { display_name: '.NET (C#)', language: 'C#', name: kernelName },
    language_info: { file_extension: '.cs', mimetype: 'text/x-csharp', name: 'C#', pygments_lexer: 'csharp', version: '14.0' },
};
