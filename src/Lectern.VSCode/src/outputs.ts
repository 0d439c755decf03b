// Turns what a running cell says into the outputs of VS Code's cell, such that the file which VS Code then writes
// holds what Jupyter would have written.
import * as vscode from 'vscode';
import type { Bundle, CellMessage, Display, Failure } from './stream';

// Printed text is gathered for so long before the editor gets it: a cell that prints line by line would stall it otherwise.
const gatherMilliseconds = 40;
// Of text beyond the limit, so much of its end is kept.
const tailCharacters = 4_000;
// One figure or table larger than this would stop the window.
const largestDisplay = 50_000_000;

/** The outputs of a notebook's cells that can be updated later, by the name that the host gave them. */
export type Displays = Map<string, { output: vscode.NotebookCellOutput; owner: CellOutputs }[]>;

/** Writes the outputs of one run of one cell. */
export class CellOutputs {
    /** How many characters were left out. */
    leftOut = 0;

    private stream: { name: string; output: vscode.NotebookCellOutput } | undefined;
    private pending = '';
    private pendingName: 'stdout' | 'stderr' = 'stdout';
    private timer: NodeJS.Timeout | undefined;
    private printed = 0;
    private tail = '';
    private tailShown: { output: vscode.NotebookCellOutput; text: string } | undefined;
    private clearNext = false;
    private chain: Promise<unknown> = Promise.resolve();

    /**
     * @param task The run.
     * @param displays Shared by the notebook's cells.
     * @param limit How many characters of printed text are shown.
     */
    constructor(private task: vscode.NotebookCellExecution, private readonly displays: Displays, private readonly limit: number) {}

    /** Takes one message. */
    take(message: CellMessage): void {
        switch (message.type) {
            case 'stream': return this.print(message.content.name, message.content.text);
            case 'display_data': return this.display(message.content, { outputType: 'display_data' });
            case 'execute_result':
                return this.display(message.content, { outputType: 'execute_result', executionCount: message.content.execution_count });
            case 'update_display_data': return this.update(message.content);
            case 'error': return this.error(message.content);
            case 'clear_output': return this.clear(message.content.wait);
        }
    }

    /** An error: the cell's own, or that its host has ended. */
    error(failure: Failure): void {
        const traceback = failure.traceback ?? [];
        const item = vscode.NotebookCellOutputItem.error({
            name: failure.ename, message: failure.evalue, stack: traceback.join('\n'),
        });
        this.append(new vscode.NotebookCellOutput([item], {
            outputType: 'error',
            originalError: { output_type: 'error', ename: failure.ename, evalue: failure.evalue, traceback },
        }));
    }

    /** Waits until the editor has all that was said so far. */
    async settle(): Promise<void> {
        this.flush();
        this.showTail();
        await this.chain;
    }

    /** Goes on in another run: what a finished cell's threads print comes after its own has ended. */
    continueIn(task: vscode.NotebookCellExecution): void {
        this.task = task;
    }

    private print(name: 'stdout' | 'stderr', text: string): void {
        if (this.pending && this.pendingName !== name) this.flush();
        this.clearIfDue();
        this.pendingName = name;
        const room = Math.max(0, this.limit - this.printed);
        const kept = text.length <= room ? text : text.slice(0, room);
        this.printed += kept.length;
        this.pending += kept;
        if (kept.length < text.length) {
            const beyond = text.slice(kept.length);
            this.leftOut += beyond.length;
            this.tail = beyond.length >= tailCharacters ? beyond.slice(-tailCharacters) : (this.tail + beyond).slice(-tailCharacters);
        }
        this.timer ??= setTimeout(() => { this.flush(); this.showTail(); }, this.leftOut > 0 ? 10 * gatherMilliseconds : gatherMilliseconds);
    }

    private flush(): void {
        clearTimeout(this.timer);
        this.timer = undefined;
        if (!this.pending) return;
        const item = textItem(this.pendingName, this.pending);
        this.pending = '';
        if (this.stream?.name === this.pendingName) {
            const output = this.stream.output;
            this.edit(() => this.task.appendOutputItems(item, output));
        } else {
            const output = new vscode.NotebookCellOutput([item], { outputType: 'stream' });
            this.stream = { name: this.pendingName, output };
            this.edit(() => this.task.appendOutput(output));
        }
    }

    // What was left out, and the last of it, in an output that is replaced as more comes.
    private showTail(): void {
        if (this.leftOut === 0) return;
        const hidden = this.leftOut - this.tail.length;
        const count = (hidden > 0 ? hidden : this.leftOut).toLocaleString('en');
        const text = `\n… ${count} more characters left out (setting lectern.outputLimit) …\n${hidden > 0 ? this.tail : ''}`;
        if (this.tailShown?.text === text) return;
        const item = textItem('stdout', text);
        if (this.tailShown) {
            const { output } = this.tailShown;
            this.tailShown.text = text;
            this.edit(() => this.task.replaceOutputItems(item, output));
        } else {
            const output = new vscode.NotebookCellOutput([item], { outputType: 'stream' });
            this.tailShown = { output, text };
            this.edit(() => this.task.appendOutput(output));
        }
    }

    private display(content: Display, metadata: Record<string, unknown>): void {
        const output = new vscode.NotebookCellOutput(itemsOf(content.data), { ...metadata, metadata: content.metadata ?? {} });
        const id = content.transient?.display_id;
        if (id) this.displays.set(id, [...this.displays.get(id) ?? [], { output, owner: this }]);
        this.append(output);
    }

    private update(content: Display): void {
        const items = itemsOf(content.data);
        for (const { output } of this.displays.get(content.transient?.display_id ?? '') ?? []) {
            this.edit(() => this.task.replaceOutputItems(items, output));
        }
    }

    private append(output: vscode.NotebookCellOutput): void {
        this.flush();
        this.clearIfDue();
        this.stream = undefined;
        this.edit(() => this.task.appendOutput(output));
    }

    private clear(wait: boolean): void {
        this.clearNext = wait;
        if (!wait) this.clearNow();
    }

    private clearIfDue(): void {
        if (this.clearNext) this.clearNow();
    }

    private clearNow(): void {
        clearTimeout(this.timer);
        this.timer = undefined;
        this.clearNext = false;
        this.stream = this.tailShown = undefined;
        this.pending = this.tail = '';
        this.printed = this.leftOut = 0;
        for (const [id, shown] of this.displays) {
            const others = shown.filter(({ owner }) => owner !== this);
            if (others.length > 0) this.displays.set(id, others);
            else this.displays.delete(id);
        }
        this.edit(() => this.task.clearOutput());
    }

    // VS Code gathers the edits of a run for some milliseconds and keeps their order: waiting for each would slow a cell down.
    private edit(change: () => Thenable<void>): void {
        try {
            this.chain = Promise.all([this.chain, change()]).catch(() => undefined);
        } catch {
            // The run is over.
        }
    }
}

function textItem(name: string, text: string): vscode.NotebookCellOutputItem {
    return name === 'stderr' ? vscode.NotebookCellOutputItem.stderr(text) : vscode.NotebookCellOutputItem.stdout(text);
}

function itemsOf(data: Bundle): vscode.NotebookCellOutputItem[] {
    const items = Object.entries(data).map(([mime, value]) => itemOf(mime, value));
    const size = items.reduce((sum, item) => sum + item.data.byteLength, 0);
    if (size <= largestDisplay) return items;
    return [vscode.NotebookCellOutputItem.text(
        `An output of ${Math.round(size / 1e6)} MB (${items.map(item => item.mime).join(', ')}) was left out: the window could not bear it.`)];
}

function itemOf(mime: string, value: unknown): vscode.NotebookCellOutputItem {
    if (typeof value !== 'string') return new vscode.NotebookCellOutputItem(Buffer.from(JSON.stringify(value)), mime);
    const isPicture = mime.startsWith('image/') && mime !== 'image/svg+xml';
    return new vscode.NotebookCellOutputItem(isPicture ? Buffer.from(value, 'base64') : Buffer.from(value), mime);
}
