// While typing: what the host knows about a cell, with the cells above it as context.
import * as vscode from 'vscode';
import type { Controller } from './controller';
import { cellOf, cellsBefore, isOurs, languageByMagic, languages, notebookType, sourceOf } from './notebooks';
import type { CompleteReply, DefineReply, DiagnoseReply, HoverReply, Reply, SignatureReply } from './stream';

const selector: vscode.DocumentSelector = languages.filter(language => language !== 'markdown')
    .map(language => ({ notebookType, language }));

const kinds: Record<string, vscode.CompletionItemKind> = {
    method: vscode.CompletionItemKind.Method, property: vscode.CompletionItemKind.Property, field: vscode.CompletionItemKind.Field,
    event: vscode.CompletionItemKind.Event, class: vscode.CompletionItemKind.Class, struct: vscode.CompletionItemKind.Struct,
    interface: vscode.CompletionItemKind.Interface, enum: vscode.CompletionItemKind.Enum, delegate: vscode.CompletionItemKind.Function,
    constant: vscode.CompletionItemKind.Constant, variable: vscode.CompletionItemKind.Variable, parameter: vscode.CompletionItemKind.Variable,
    namespace: vscode.CompletionItemKind.Module, keyword: vscode.CompletionItemKind.Keyword, magic: vscode.CompletionItemKind.Event,
    file: vscode.CompletionItemKind.File,
};

/** Registers completion, signatures, hover and definition. */
export function registerLanguages(controller: Controller): vscode.Disposable {
    /** Asks the notebook's host about a place; undefined where there is none, or no answer. */
    async function ask<T extends Reply>(
        type: string, document: vscode.TextDocument, place: vscode.Position, token: vscode.CancellationToken): Promise<{ reply: T; range: Ranges } | undefined> {
        const cell = cellOf(document);
        const host = cell && controller.find(cell.notebook)?.host;
        if (!host) return undefined;
        const { code, shift } = sourceOf(cell);
        const range = new Ranges(document, shift);
        try {
            const reply = await host.request<T>(
                type, { code, at: range.offset(place), before: cellsBefore(cell).map(other => sourceOf(other).code) }, token);
            return reply.status === 'ok' && !token.isCancellationRequested ? { reply, range } : undefined;
        } catch {
            return undefined;
        }
    }

    return vscode.Disposable.from(
        vscode.languages.registerCompletionItemProvider(selector, {
            async provideCompletionItems(document, place, token, context) {
                // Within a text, only the paths and packages of a #r, #i or #load are completed.
                const line = document.lineAt(place).text;
                if (['"', '/'].includes(context.triggerCharacter ?? '') && !/^\s*#(r|i|load)\b/.test(line)) return undefined;
                const answer = await ask<CompleteReply>('complete', document, place, token);
                return answer?.reply.items.map((one, i) => {
                    const item = new vscode.CompletionItem({ label: one.text }, kinds[one.kind] ?? vscode.CompletionItemKind.Text);
                    item.range = answer.range.of(answer.reply.start, answer.reply.end);
                    item.detail = one.description;
                    item.sortText = String(i).padStart(5, '0');
                    return item;
                });
            },
        }, '.', '#', '!', '"', '/'),

        vscode.languages.registerSignatureHelpProvider(selector, {
            async provideSignatureHelp(document, place, token) {
                const answer = await ask<SignatureReply>('signature', document, place, token);
                if (!answer || answer.reply.signatures.length === 0) return undefined;
                const help = new vscode.SignatureHelp();
                help.signatures = answer.reply.signatures.map(one => {
                    const signature = new vscode.SignatureInformation(one.label, markdown(one.documentation));
                    signature.parameters = one.parameters.map(parameter =>
                        new vscode.ParameterInformation([parameter.start, parameter.end], markdown(parameter.documentation)));
                    return signature;
                });
                help.activeSignature = answer.reply.signature;
                help.activeParameter = answer.reply.parameter;
                return help;
            },
        }, { triggerCharacters: ['(', ',', '<', '['], retriggerCharacters: [')'] }),

        vscode.languages.registerHoverProvider(selector, {
            async provideHover(document, place, token) {
                const answer = await ask<HoverReply>('hover', document, place, token);
                if (!answer?.reply.found) return undefined;
                return new vscode.Hover(new vscode.MarkdownString(answer.reply.markdown), answer.range.of(answer.reply.start, answer.reply.end));
            },
        }),

        vscode.languages.registerDefinitionProvider(selector, {
            async provideDefinition(document, place, token) {
                const answer = await ask<DefineReply>('define', document, place, token);
                if (!answer) return undefined;
                const cell = cellOf(document);
                const cells = cell ? [...cellsBefore(cell), cell] : [];
                return answer.reply.places.flatMap(found => {
                    if ('file' in found) return [new vscode.Location(vscode.Uri.file(found.file), new vscode.Position(found.line, found.column))];
                    const target = cells[found.cell];
                    return target ? [new vscode.Location(target.document.uri, new Ranges(target.document, sourceOf(target).shift).of(found.start, found.end))] : [];
                });
            },
        }));
}

/** Underlines the errors of cells: of one that was changed and of those below, and of all when a host has started. */
export class Diagnostics implements vscode.Disposable {
    private readonly found = vscode.languages.createDiagnosticCollection('lectern');
    private readonly waiting = new Map<vscode.NotebookDocument, { from: number; timer: NodeJS.Timeout }>();
    private readonly rounds = new Map<vscode.NotebookDocument, vscode.CancellationTokenSource>();
    private readonly warm = new WeakSet<object>();
    private readonly disposables: vscode.Disposable[];

    constructor(private readonly controller: Controller) {
        this.disposables = [
            this.found,
            controller.startedHost(session => this.later(session.notebook, 0)),
            controller.ranCell(({ session, cell }) => this.later(session.notebook, Math.max(0, cell.index))),
            vscode.workspace.onDidChangeNotebookDocument(({ notebook, contentChanges, cellChanges }) => {
                contentChanges.flatMap(change => change.removedCells).forEach(cell => this.found.delete(cell.document.uri));
                const changed = [
                    ...contentChanges.map(change => change.range.start),
                    ...cellChanges.filter(change => change.document).map(change => change.cell.index),
                ];
                if (changed.length > 0 && isOurs(notebook)) this.later(notebook, Math.min(...changed));
            }),
            vscode.workspace.onDidCloseNotebookDocument(notebook => {
                this.stop(notebook);
                notebook.getCells().forEach(cell => this.found.delete(cell.document.uri));
            }),
        ];
    }

    dispose(): void {
        for (const notebook of this.waiting.keys()) this.stop(notebook);
        this.disposables.forEach(disposable => disposable.dispose());
    }

    private stop(notebook: vscode.NotebookDocument): void {
        clearTimeout(this.waiting.get(notebook)?.timer);
        this.waiting.delete(notebook);
        this.rounds.get(notebook)?.cancel();
        this.rounds.delete(notebook);
    }

    private later(notebook: vscode.NotebookDocument, from: number): void {
        // A round that was cut off has not come to its end: the next one begins where that one did.
        from = Math.min(from, this.waiting.get(notebook)?.from ?? from);
        this.stop(notebook);
        const delay = vscode.workspace.getConfiguration('lectern').get<number>('diagnosticsDelay', 500);
        this.waiting.set(notebook, { from, timer: setTimeout(() => void this.look(notebook, from), delay) });
    }

    private async look(notebook: vscode.NotebookDocument, from: number): Promise<void> {
        const session = this.controller.find(notebook);
        // The processor belongs to the cells; when they are through, this is called again.
        if (!session?.host || session.isBusy || notebook.isClosed) return;
        const round = new vscode.CancellationTokenSource();
        this.rounds.set(notebook, round);
        const before: string[] = [];
        for (const cell of notebook.getCells().filter(cell => cell.kind === vscode.NotebookCellKind.Code)) {
            const { code, shift } = sourceOf(cell);
            if (cell.index >= from) {
                const reply = await session.host?.request<DiagnoseReply>('diagnose', { code, before }, round.token).catch(() => undefined);
                if (!reply || round.token.isCancellationRequested || notebook.isClosed) return;
                if (reply.status === 'ok') this.show(cell, reply, shift);
            }
            before.push(code);
        }
        this.waiting.delete(notebook);
        // The first list of members takes seconds: it is made now, so that the reader's first is not the first.
        if (session.host && !this.warm.has(session.host)) {
            this.warm.add(session.host);
            await session.host.request('complete', { code: 'Math.', at: 5, before }).catch(() => undefined);
        }
    }

    private show(cell: vscode.NotebookCell, reply: DiagnoseReply, shift: number): void {
        const ranges = new Ranges(cell.document, shift);
        this.found.set(cell.document.uri, reply.problems.map(problem => {
            const severity = problem.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
            const one = new vscode.Diagnostic(ranges.of(problem.start, problem.end), problem.message, severity);
            one.source = 'Lectern';
            one.code = problem.code;
            return one;
        }));
    }
}

/** Gives a cell the language that its first line's magic names: its colours, and what may be typed. */
export function followMagics(): vscode.Disposable {
    const follow = (cell: vscode.NotebookCell) => {
        if (cell.kind !== vscode.NotebookCellKind.Code || !isOurs(cell.notebook)) return;
        const language = languageByMagic(cell.document.getText());
        if (language && language !== cell.document.languageId) void vscode.languages.setTextDocumentLanguage(cell.document, language);
    };
    vscode.workspace.notebookDocuments.forEach(notebook => notebook.getCells().forEach(follow));
    return vscode.Disposable.from(
        vscode.workspace.onDidOpenNotebookDocument(notebook => notebook.getCells().forEach(follow)),
        vscode.workspace.onDidChangeNotebookDocument(({ contentChanges, cellChanges }) => {
            contentChanges.flatMap(change => change.addedCells).forEach(follow);
            cellChanges.filter(change => change.document).forEach(change => follow(change.cell));
        }));
}

/** Places in a cell: the host counts characters, with line ends of one, and maybe a magic before the cell's text. */
class Ranges {
    private readonly wide: boolean;

    constructor(private readonly document: vscode.TextDocument, private readonly shift: number) {
        this.wide = document.eol === vscode.EndOfLine.CRLF;
    }

    offset(place: vscode.Position): number {
        return this.document.offsetAt(place) - (this.wide ? place.line : 0) + this.shift;
    }

    of(start: number, end: number): vscode.Range {
        return new vscode.Range(this.place(start), this.place(end));
    }

    private place(offset: number): vscode.Position {
        offset = Math.max(0, offset - this.shift);
        if (!this.wide) return this.document.positionAt(offset);
        const text = this.document.getText().replace(/\r\n/g, '\n').slice(0, offset);
        const line = text.split('\n').length - 1;
        return new vscode.Position(line, offset - (text.lastIndexOf('\n') + 1));
    }
}

function markdown(text: string | undefined): vscode.MarkdownString | undefined {
    return text ? new vscode.MarkdownString(text) : undefined;
}
