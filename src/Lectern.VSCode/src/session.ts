// One notebook that runs: its host, and the cells that wait for it.
import * as path from 'node:path';
import * as vscode from 'vscode';
import { Host, HostError } from './host';
import { findKit } from './kit';
import { sourceOf } from './notebooks';
import { CellOutputs, type Displays } from './outputs';
import type { CellMessage, ExecuteReply } from './stream';

// A cell that has been asked to stop and has not by then may never do so.
const stopMilliseconds = 10_000;
// What a finished cell's threads print is gathered for so long.
const lateMilliseconds = 200;

interface Run { cell: vscode.NotebookCell; task: vscode.NotebookCellExecution }

/** What a session tells of itself. */
export interface Watcher {
    /** The host is missing: builds it, and says whether it is there now. */
    build(notebook: vscode.NotebookDocument): Promise<boolean>;
    /** The host could not be started, or has ended by itself. */
    failed(session: Session, fault: HostError): void;
    /** A cell does not stop. */
    stuck(session: Session): void;
    /** Another host has started. */
    started(session: Session): void;
    /** A cell has been run. */
    ran(session: Session, cell: vscode.NotebookCell, ok: boolean): void;
}

export class Session implements vscode.Disposable {
    private current: Host | undefined;
    private starting: Promise<Host | undefined> | undefined;
    private queue: Run[] = [];
    private running: { cell: vscode.NotebookCell; ended: Promise<void> } | undefined;
    private pumping = false;
    private disposed = false;
    private displays: Displays = new Map();

    constructor(
        readonly notebook: vscode.NotebookDocument,
        private readonly controller: vscode.NotebookController,
        private readonly log: vscode.LogOutputChannel,
        private readonly watcher: Watcher) {}

    /** The host, if one is there. */
    get host(): Host | undefined {
        return this.current?.isAlive ? this.current : undefined;
    }

    /** Whether cells run or wait. */
    get isBusy(): boolean {
        return this.pumping;
    }

    /** Whether a host can be started without building one. */
    get canStart(): boolean {
        return isHostNamed(this.notebook) || findKit(this.notebook.uri)?.isBuilt === true;
    }

    /** The host, started if there is none; undefined where there can be none, which the reader has been told. */
    start(): Promise<Host | undefined> {
        if (this.host) return this.current!.ready.then(() => this.host, () => undefined);
        return this.starting ??= this.startNow().finally(() => this.starting = undefined);
    }

    /** Runs cells, one after the other; the first that fails keeps the others from it. */
    run(cells: vscode.NotebookCell[]): void {
        for (const cell of cells) this.queue.push({ cell, task: this.controller.createNotebookCellExecution(cell) });
        void this.pump();
    }

    /** Stops the running cell, and drops those that wait. */
    async interrupt(): Promise<void> {
        this.drop();
        const { running, host } = this;
        if (!running || !host) return;
        host.request('interrupt', {}).catch(() => undefined);
        const tooLong = Symbol();
        const first = await Promise.race([running.ended, new Promise(resolve => setTimeout(() => resolve(tooLong), stopMilliseconds))]);
        if (first === tooLong && this.running === running) this.watcher.stuck(this);
    }

    /** Ends the host, with all variables, and starts another. */
    async restart(): Promise<void> {
        this.end();
        await this.running?.ended;
        await this.start();
    }

    dispose(): void {
        this.disposed = true;
        this.end();
    }

    /** Ends the host: the window closes. */
    async close(): Promise<void> {
        const host = this.current;
        this.dispose();
        if (!host) return;
        await Promise.race([host.ended, new Promise(resolve => setTimeout(resolve, 1000))]);
        host.kill();
    }

    private end(): void {
        this.drop();
        this.current?.dispose();
        this.current = undefined;
        this.displays = new Map();
    }

    private drop(): void {
        for (const { task } of this.queue.splice(0)) task.end(undefined);
    }

    private async startNow(): Promise<Host | undefined> {
        if (!this.canStart && !await this.watcher.build(this.notebook)) return undefined;
        if (this.disposed) return undefined;
        const folder = this.notebook.uri.scheme === 'file' ? path.dirname(this.notebook.uri.fsPath)
            : vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? process.cwd();
        const host = this.current = new Host(findKit(this.notebook.uri), folder, this.log);
        void host.ended.then(fault => {
            if (this.current !== host) return;
            this.current = undefined;
            this.displays = new Map();
            this.watcher.failed(this, fault);
        });
        try {
            await host.ready;
        } catch (fault) {
            if (fault instanceof HostError && fault.reason === 'silent' && this.current === host) {
                this.current = undefined;
                host.kill();
                this.watcher.failed(this, fault);
            }
            return undefined;
        }
        if (this.current !== host) return undefined;
        this.watcher.started(this);
        return host;
    }

    private async pump(): Promise<void> {
        if (this.pumping) return;
        this.pumping = true;
        try {
            while (this.queue.length > 0) {
                const host = await this.start();
                if (!host) {
                    this.drop();
                    break;
                }
                const run = this.queue.shift();
                if (!run) break;
                let ended: () => void = () => undefined;
                this.running = { cell: run.cell, ended: new Promise(resolve => ended = resolve) };
                const ok = await this.execute(run, host).finally(() => {
                    this.running = undefined;
                    ended();
                });
                if (!ok) this.drop();
                this.watcher.ran(this, run.cell, ok);
            }
        } finally {
            this.pumping = false;
        }
    }

    private async execute({ cell, task }: Run, host: Host): Promise<boolean> {
        if (task.token.isCancellationRequested) {
            task.end(undefined);
            return true;
        }
        const limit = vscode.workspace.getConfiguration('lectern', this.notebook.uri).get<number>('outputLimit', 2) * 1e6;
        const outputs = new CellOutputs(task, this.displays, limit);
        const question = new vscode.CancellationTokenSource();
        let isStarted = false, isOver = false;
        const begin = () => {
            if (isStarted) return;
            isStarted = true;
            task.start(Date.now());
            outputs.take({ type: 'clear_output', content: { wait: false } });
        };
        const late = this.late(cell, outputs);
        try {
            const reply = await host.execute<ExecuteReply>(sourceOf(cell).code, message => {
                if (isOver) return late(message);
                if (message.type === 'started') return begin();
                if (message.type === 'input_request') return void ask(host, message.content, question.token);
                outputs.take(message);
            });
            begin();
            await outputs.settle();
            if (reply.execution_count !== undefined) task.executionOrder = reply.execution_count;
            task.end(reply.status === 'ok', Date.now());
            return reply.status === 'ok';
        } catch (fault) {
            begin();
            // A host that was ended on purpose needs no explanation.
            const byReader = host.isClosing;
            if (!byReader) {
                const message = fault instanceof Error ? fault.message : String(fault);
                outputs.error({ ename: 'HostEnded', evalue: message, traceback: [`${message}\nIts variables are gone. Run the cells again from the top.`] });
            }
            await outputs.settle();
            task.end(byReader ? undefined : false, Date.now());
            return false;
        } finally {
            isOver = true;
            question.cancel();
            question.dispose();
        }
    }

    // What comes after a cell's end needs a run of its own, which takes the old one's number and time.
    private late(cell: vscode.NotebookCell, outputs: CellOutputs): (message: CellMessage) => void {
        let messages: CellMessage[] = [];
        const show = async () => {
            const taken = messages;
            messages = [];
            const before = cell.executionSummary;
            try {
                const task = this.controller.createNotebookCellExecution(cell);
                task.executionOrder = before?.executionOrder;
                task.start(before?.timing?.startTime);
                outputs.continueIn(task);
                for (const message of taken) outputs.take(message);
                await outputs.settle();
                task.end(before?.success, before?.timing?.endTime);
            } catch (fault) {
                this.log.debug(`late output of a cell was lost: ${fault}`);
            }
        };
        return message => {
            if (messages.push(message) === 1) setTimeout(() => void show(), lateMilliseconds);
        };
    }
}

/** Whether the settings name a command that starts a host. */
function isHostNamed(notebook: vscode.NotebookDocument): boolean {
    return vscode.workspace.getConfiguration('lectern', notebook.uri).get<string[]>('hostCommand', []).length > 0;
}

async function ask(host: Host, { prompt, password }: { prompt: string; password: boolean }, token: vscode.CancellationToken): Promise<void> {
    const value = await vscode.window.showInputBox(
        { prompt: prompt || 'The cell asks for a line of input.', password, ignoreFocusOut: true }, token);
    if (!token.isCancellationRequested) host.input(value ?? null);
}
