// One host: a child process that runs the cells of one notebook, spoken to in lines of JSON.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { findDotnet, type Kit } from './kit';
import { Lines, type CellMessage, type Reply } from './stream';

/** Why there is no host. */
export class HostError extends Error {
    constructor(readonly reason: 'ended' | 'no-dotnet' | 'wrong-sdk' | 'silent', message: string) {
        super(message);
    }
}

// A host that has not said that it is ready by then never will.
const startMilliseconds = 60_000;
// What a host has to end by itself.
const endMilliseconds = 2_000;
const protocol = 1;

interface Waiting {
    resolve: (reply: Reply) => void;
    reject: (fault: HostError) => void;
    said?: (message: CellMessage) => void;
}

export class Host implements vscode.Disposable {
    /** Resolved when the host has said that it is ready, rejected when it ends before. */
    readonly ready: Promise<void>;
    /** Resolved when the process has ended, with why. */
    readonly ended: Promise<HostError>;

    private readonly child: ChildProcessWithoutNullStreams;
    private readonly waiting = new Map<number, Waiting>();
    // The cell that is listened to after its reply: its threads may still print.
    private late: { id: number; said: (message: CellMessage) => void } | undefined;
    private number = 0;
    private lastWords = '';
    private closing = false;
    private fault: HostError | undefined;

    constructor(kit: Kit | undefined, folder: string, private readonly log: vscode.LogOutputChannel) {
        const [program, ...words] = command(kit);
        log.info(`starting ${[program, ...words].join(' ')} in ${folder}`);
        this.child = spawn(program, words, { cwd: folder, env: environment(kit), windowsHide: true });
        // A host that is gone cannot be written to; `ended` says so.
        this.child.stdin.on('error', () => undefined);

        let said: () => void = () => undefined;
        const hello = new Promise<void>(resolve => said = resolve);
        const lines = new Lines(line => this.take(line, said));
        this.child.stdout.on('data', (chunk: Buffer) => lines.take(chunk));
        this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
            this.lastWords = (this.lastWords + text).slice(-4000);
            log.info(text.trimEnd());
        });

        this.ended = new Promise(resolve => {
            this.child.on('error', fault => resolve(this.end(new HostError(
                'no-dotnet', `${program} could not be started: ${fault.message}`))));
            this.child.on('close', (code, signal) => resolve(this.end(this.explain(code, signal))));
        });
        const tooLong = new Promise<never>((_, reject) => setTimeout(
            () => reject(new HostError('silent', `The host has said nothing for ${startMilliseconds / 1000} s.`)), startMilliseconds).unref());
        this.ready = Promise.race([hello, this.ended.then(fault => { throw fault; }), tooLong]);
        this.ready.catch(() => undefined);
    }

    get pid(): number | undefined {
        return this.child.pid;
    }

    get isAlive(): boolean {
        return this.fault === undefined && !this.closing;
    }

    /** Whether it was told to end. */
    get isClosing(): boolean {
        return this.closing;
    }

    /** Sends a request. */
    request<T extends Reply>(type: string, content: object, token?: vscode.CancellationToken, said?: Waiting['said']): Promise<T> {
        if (this.fault) return Promise.reject(this.fault);
        const id = ++this.number;
        const reply = new Promise<Reply>((resolve, reject) => this.waiting.set(id, { resolve, reject, said }));
        this.send(type, content, id);
        const cancelled = token?.onCancellationRequested(() => this.send('cancel', { request: id }));
        return reply.finally(() => cancelled?.dispose()) as Promise<T>;
    }

    /** Runs a cell; what it says comes before the reply, and a little may come after it. */
    execute<T extends Reply>(code: string, said: (message: CellMessage) => void): Promise<T> {
        return this.request<T>('execute', { code }, undefined, said);
    }

    /** Answers the running cell's question; null where the reader has no answer. */
    input(value: string | null): void {
        this.send('input', { value });
    }

    /** Lets the process end: kindly, then not. */
    dispose(): void {
        if (this.closing) return;
        this.closing = true;
        if (this.fault) return;
        this.send('shutdown', {});
        this.child.stdin.end();
        const kill = setTimeout(() => this.child.kill('SIGKILL'), endMilliseconds);
        void this.ended.then(() => clearTimeout(kill));
    }

    /** Ends the process at once: there is no time to ask. */
    kill(): void {
        this.closing = true;
        this.child.kill('SIGKILL');
    }

    private send(type: string, content: object, id = ++this.number): void {
        if (!this.fault) this.child.stdin.write(JSON.stringify({ id, type, content }) + '\n');
    }

    private take(line: string, ready: () => void): void {
        let message: { type: string; parent?: number; content: any };
        try {
            message = JSON.parse(line);
        } catch {
            this.log.warn(`no JSON from the host: ${line.slice(0, 200)}`);
            return;
        }
        const { type, parent, content } = message;
        if (type === 'ready') {
            if (content?.protocol !== protocol) this.log.warn(`the host speaks protocol ${content?.protocol}, this extension ${protocol}`);
            this.log.info(`the host ${content?.version} is ready, process ${this.child.pid}`);
            ready();
        } else if (type === 'reply') {
            const waiting = this.waiting.get(parent!);
            this.waiting.delete(parent!);
            if (waiting?.said) this.late = { id: parent!, said: waiting.said };
            waiting?.resolve(content);
        } else if (type === 'fault') {
            this.log.error(`the host did not understand: ${content?.message}`);
        } else {
            const said = this.waiting.get(parent!)?.said ?? (this.late?.id === parent ? this.late?.said : undefined);
            said?.({ type, content } as CellMessage);
        }
    }

    private end(fault: HostError): HostError {
        if (this.fault) return this.fault;
        this.fault = fault;
        this.log.info(this.closing ? 'the host has ended' : fault.message);
        for (const waiting of this.waiting.values()) waiting.reject(fault);
        this.waiting.clear();
        return fault;
    }

    private explain(code: number | null, signal: NodeJS.Signals | null): HostError {
        const words = this.lastWords.trim();
        if (/You must install or update \.NET|framework 'Microsoft\.|compatible framework/i.test(words)) {
            return new HostError('wrong-sdk', `Lectern needs .NET 10, which this dotnet has not. ${firstLines(words, 3)}`);
        }
        const how = signal ? `signal ${signal}` : `exit code ${code}`;
        return new HostError('ended', `The host has ended (${how}).${words && code !== 0 ? ` ${firstLines(words, 3)}` : ''}`);
    }
}

function command(kit: Kit | undefined): string[] {
    const named = vscode.workspace.getConfiguration('lectern').get<string[]>('hostCommand', []);
    return named.length > 0 ? named : [findDotnet(), kit!.host, 'stream'];
}

// As the lectern script sets it, which says why.
function environment(kit: Kit | undefined): NodeJS.ProcessEnv {
    return {
        OMP_WAIT_POLICY: 'passive',
        OPENBLAS_THREAD_TIMEOUT: '4',
        MALLOC_MMAP_THRESHOLD_: '33554432',
        MALLOC_TRIM_THRESHOLD_: '1073741824',
        MALLOC_TOP_PAD_: '67108864',
        DOTNET_GCgen0size: '400000',
        DOTNET_GCHeapHardLimitPercent: '4B',
        DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1',
        DOTNET_NOLOGO: '1',
        ...process.env,
        ...(kit ? { LECTERN_ROOT: path.resolve(kit.folder) } : {}),
    };
}

function firstLines(text: string, count: number): string {
    return text.split('\n').map(line => line.trim()).filter(line => line).slice(0, count).join(' ');
}
