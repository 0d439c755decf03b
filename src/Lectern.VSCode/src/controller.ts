// VS Code's side of running: offers Lectern for .ipynb notebooks, keeps one session a notebook, says what went wrong.
import * as vscode from 'vscode';
import { buildKit } from './build';
import type { HostError } from './host';
import { isOurs, kernelMetadata, languages, metadataOf, notebookType } from './notebooks';
import { Session, type Watcher } from './session';

export class Controller implements vscode.Disposable, Watcher {
    private readonly controller: vscode.NotebookController;
    private readonly sessions = new Map<string, Session>();
    private readonly disposables: vscode.Disposable[] = [];
    private readonly onRan = new vscode.EventEmitter<{ session: Session; cell: vscode.NotebookCell; ok: boolean }>();
    private readonly onStarted = new vscode.EventEmitter<Session>();
    private asking: Promise<boolean> | undefined;

    /** A cell has been run. */
    readonly ranCell = this.onRan.event;
    /** A host has started: the first of a notebook, or another. */
    readonly startedHost = this.onStarted.event;

    constructor(private readonly log: vscode.LogOutputChannel) {
        const controller = this.controller = vscode.notebooks.createNotebookController('lectern', notebookType, 'C# (Lectern)');
        controller.description = "Lectern's own engine";
        controller.supportedLanguages = languages;
        controller.supportsExecutionOrder = true;
        controller.executeHandler = (cells, notebook) => this.session(notebook).run(cells);
        controller.interruptHandler = notebook => this.sessions.get(notebook.uri.toString())?.interrupt();
        this.disposables.push(
            controller, this.onRan, this.onStarted,
            controller.onDidChangeSelectedNotebooks(({ notebook, selected }) => selected ? void this.adopt(notebook) : this.end(notebook)),
            vscode.workspace.onDidOpenNotebookDocument(notebook => this.opened(notebook)),
            vscode.workspace.onDidCloseNotebookDocument(notebook => this.end(notebook)));
        vscode.workspace.notebookDocuments.forEach(notebook => this.opened(notebook));
    }

    /** A notebook's session; none where it does not run. */
    find(notebook: vscode.NotebookDocument): Session | undefined {
        return this.sessions.get(notebook.uri.toString());
    }

    /** A notebook's session, begun if there is none. */
    session(notebook: vscode.NotebookDocument): Session {
        const key = notebook.uri.toString();
        let session = this.sessions.get(key);
        if (!session) this.sessions.set(key, session = new Session(notebook, this.controller, this.log, this));
        return session;
    }

    /** Ends all hosts: the window closes. */
    async close(): Promise<void> {
        await Promise.all([...this.sessions.values()].map(session => session.close()));
    }

    dispose(): void {
        for (const session of this.sessions.values()) session.dispose();
        this.disposables.forEach(disposable => disposable.dispose());
    }

    build(notebook: vscode.NotebookDocument): Promise<boolean> {
        // Several notebooks may be open; one question is enough.
        return this.asking ??= this.askToBuild(notebook).finally(() => this.asking = undefined);
    }

    failed(session: Session, fault: HostError): void {
        this.log.error(fault.message);
        void this.tell(session, fault);
    }

    stuck(session: Session): void {
        void vscode.window.showWarningMessage('The cell does not stop. A restart ends it, and all variables with it.', 'Restart')
            .then(choice => choice && session.restart());
    }

    started(session: Session): void {
        this.onStarted.fire(session);
    }

    ran(session: Session, cell: vscode.NotebookCell, ok: boolean): void {
        this.onRan.fire({ session, cell, ok });
    }

    private opened(notebook: vscode.NotebookDocument): void {
        if (!isOurs(notebook)) return;
        this.controller.updateNotebookAffinity(notebook, vscode.NotebookControllerAffinity.Preferred);
        // Started now, the host is ready when the reader is; and completion needs it before any cell is run.
        const session = this.session(notebook);
        if (session.canStart) void session.start();
        else void this.build(notebook).then(built => built ? session.start() : undefined);
    }

    private end(notebook: vscode.NotebookDocument): void {
        const key = notebook.uri.toString();
        this.sessions.get(key)?.dispose();
        this.sessions.delete(key);
    }

    // A new notebook becomes one of the kernel's, so that Jupyter and the next start know it.
    private async adopt(notebook: vscode.NotebookDocument): Promise<void> {
        // A notebook of another language stays what it is: VS Code offers this kernel where it knows no other.
        if (metadataOf(notebook).kernelspec) return;
        const edit = new vscode.WorkspaceEdit();
        const metadata = { ...notebook.metadata, metadata: { ...notebook.metadata.metadata, ...kernelMetadata } };
        edit.set(notebook.uri, [vscode.NotebookEdit.updateNotebookMetadata(metadata)]);
        await vscode.workspace.applyEdit(edit);
        if (isOurs(notebook)) this.opened(notebook);
    }

    private async askToBuild(notebook: vscode.NotebookDocument): Promise<boolean> {
        const choice = await vscode.window.showInformationMessage(
            'Lectern is not built yet: its host runs the cells. Building takes about two minutes, once.', 'Build Lectern');
        return choice !== undefined && await buildKit(this.log, notebook.uri);
    }

    private async tell(session: Session, fault: HostError): Promise<void> {
        const remedy = fault.reason === 'no-dotnet' || fault.reason === 'wrong-sdk' ? 'Get .NET 10' : 'Restart';
        const choice = await vscode.window.showErrorMessage(fault.message, remedy, 'Show the Log');
        if (choice === 'Restart') await session.restart();
        if (choice === 'Get .NET 10') await vscode.env.openExternal(vscode.Uri.parse('https://dotnet.microsoft.com/download'));
        if (choice === 'Show the Log') this.log.show();
    }
}
