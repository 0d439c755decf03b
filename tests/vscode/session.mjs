// The extension's session, host and outputs without a window: a stand-in for VS Code's module takes what they say.
// session.mjs prints one line a test, as run.mjs does; it needs neither a browser nor code-server.
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const extension = join(root, 'src/Lectern.VSCode');
const kit = resolve(process.env.LECTERN_KIT ?? root);
const esbuild = createRequire(join(extension, 'package.json'))('esbuild');

// ---- VS Code's module, as much of it as a session needs ---------------------------------------------
const settings = { hostCommand: [process.execPath, join(here, 'fake-host.mjs')], outputLimit: 2, kit: '', dotnet: '' };
class Item {
    constructor(data, mime) { this.data = data; this.mime = mime; }
    static text = (text, mime = 'text/plain') => new Item(Buffer.from(text), mime);
    static stdout = text => Item.text(text, 'application/vnd.code.notebook.stdout');
    static stderr = text => Item.text(text, 'application/vnd.code.notebook.stderr');
    static error = ({ name, message, stack }) => Item.text(JSON.stringify({ name, message, stack }), 'application/vnd.code.notebook.error');
}
class Output { constructor(items, metadata) { this.items = items; this.metadata = metadata; } }
class Source {
    listeners = [];
    token = { isCancellationRequested: false, onCancellationRequested: f => (this.listeners.push(f), { dispose() {} }) };
    cancel() { this.token.isCancellationRequested = true; this.listeners.forEach(f => f()); }
    dispose() {}
}
let typed = 'Ada';
globalThis.lecternVscode = {
    NotebookCellOutput: Output, NotebookCellOutputItem: Item, CancellationTokenSource: Source, NotebookCellKind: { Markup: 1, Code: 2 },
    window: { showInputBox: async () => typed },
    workspace: { getConfiguration: () => ({ get: (name, otherwise) => settings[name] ?? otherwise }), workspaceFolders: [], notebookDocuments: [] },
};
const bundle = join(root, 'artifacts/vscode/session-test.mjs');
mkdirSync(dirname(bundle), { recursive: true });
const stub = { name: 'stub', setup(build) {
    build.onResolve({ filter: /^vscode$/ }, () => ({ path: 'vscode', namespace: 'stub' }));
    build.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: 'module.exports = globalThis.lecternVscode' }));
} };
await esbuild.build({
    stdin: { contents: 'export * from "./src/session"; export * from "./src/stream"; export * from "./src/notebooks";', resolveDir: extension },
    bundle: true, platform: 'node', format: 'esm', outfile: bundle, plugins: [stub], logLevel: 'error',
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});
const { Session, Lines, languageByMagic, kernelMetadata } = await import(bundle);

// ---- a notebook ---------------------------------------------------------------------------------
const log = Object.fromEntries(['info', 'warn', 'error', 'debug'].map(level => [level, () => undefined]));

function open(sources, folder = here) {
    const faults = [], states = [];
    const notebook = { uri: { scheme: 'file', fsPath: join(folder, 'a.ipynb') }, metadata: {} };
    const cells = sources.map((text, index) => ({ index, notebook, outputs: [], document: { getText: () => text, languageId: 'csharp' } }));
    const controller = { createNotebookCellExecution(cell) {
        let open = true;
        const edit = change => { if (!open) throw new Error('the run is over'); change(); return Promise.resolve(); };
        return {
            token: { isCancellationRequested: false },
            start: () => states.push(`start ${cell.index}`),
            end(success) { open = false; cell.success = success; cell.count = this.executionOrder; states.push(`end ${cell.index}`); },
            clearOutput: () => edit(() => cell.outputs.length = 0),
            appendOutput: output => edit(() => cell.outputs.push(output)),
            appendOutputItems: (item, output) => edit(() => output.items.push(...[item].flat())),
            replaceOutputItems: (items, output) => edit(() => output.items = [items].flat()),
        };
    } };
    let built = 0;
    const session = new Session(notebook, controller, log, {
        build: async () => { built++; return false; }, failed: (_, fault) => faults.push(fault), stuck() {}, started() {}, ran() {},
    });
    const run = async () => {
        session.run(cells);
        while (session.isBusy) await new Promise(done => setTimeout(done, 20));
    };
    /** Does something when a cell has begun, some time later. */
    const during = async (index, action, later = 300) => {
        while (!states.includes(`start ${index}`)) await new Promise(done => setTimeout(done, 20));
        setTimeout(action, later);
    };
    return { session, cells, faults, states, run, during, asked: () => built };
}

const text = output => output.items.map(item => item.data.toString()).join('');
// As VS Code's own serializer writes an output into the file.
function saved({ items, metadata }) {
    const lines = text => text.split(/(?<=\n)/).filter(line => line);
    if (metadata.outputType === 'stream') {
        return { output_type: 'stream', name: items[0].mime.endsWith('stderr') ? 'stderr' : 'stdout', text: lines(items.map(item => item.data).join('')) };
    }
    const data = Object.fromEntries(items.map(({ mime, data }) => [mime, mime.includes('json') ? JSON.parse(data) : mime.startsWith('image/') ? data.toString('base64') : lines(data.toString())]));
    return { output_type: metadata.outputType, data, metadata: metadata.metadata, ...(metadata.outputType === 'execute_result' ? { execution_count: metadata.executionCount } : {}) };
}
const sorted = value => Array.isArray(value) ? value.map(sorted) : value && typeof value === 'object'
    ? Object.fromEntries(Object.keys(value).sort().map(key => [key, sorted(value[key])])) : value;
const check = (right, what) => { if (!right) throw new Error(what); };
const equal = (actual, expected) => check(JSON.stringify(actual) === JSON.stringify(expected), `is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`);

const tests = {
    'lines are divided wherever the bytes are': () => {
        const found = [];
        const lines = new Lines(line => found.push(line));
        for (const byte of Buffer.from('{"a":"é"}\n{"b":1}\r\n\nrest')) lines.take(Buffer.of(byte));
        equal(found, ['{"a":"é"}', '{"b":1}']);
    },
    'magics name languages': () => equal(['#!fsharp\n1', '\n #!js', '#!time\n1', 'x', '#! cs'].map(languageByMagic), ['fsharp', 'javascript', undefined, undefined, 'csharp']),
    'cells run in order, printed text is joined, outputs are updated by later cells': async () => {
        const { session, cells, run } = open(['text one', 'progress', 'more', 'forms']);
        await run();
        equal(cells.map(cell => [cell.success, cell.count]), [[true, 1], [true, 2], [true, 3], [true, 4]]);
        equal(cells[1].outputs.map(text), ['<b class="again">again</b>again', 'done\n']);
        equal(cells[3].outputs.slice(0, 3).map(text), ['out\n', 'err\n', 'one line\ntwo lines, no end']);
        equal(cells[3].outputs.at(-1).metadata, { outputType: 'execute_result', executionCount: 4, metadata: {} });
        session.dispose();
    },
    'the first failure keeps the others from running': async () => {
        const { session, cells, run } = open(['fail', 'text two']);
        await run();
        equal(cells.map(cell => cell.success), [false, undefined]);
        equal(cells[0].outputs[0].metadata.originalError.traceback, ['RangeError: out of range', '  at cell']);
        session.dispose();
    },
    'input is asked for and given': async () => {
        const { session, cells, run } = open(['ask']);
        await run();
        equal(cells[0].outputs.map(text), ['Hello Ada.\n']);
        session.dispose();
    },
    'a loop is interrupted, and the cells behind it are dropped': async () => {
        const { session, cells, run, during } = open(['loop', 'text two']);
        void during(0, () => session.interrupt());
        await run();
        equal(cells.map(cell => cell.success), [false, undefined]);
        session.dispose();
    },
    'fault: the host dies in the middle of a cell; the next run has another': async () => {
        const { session, cells, faults, run } = open(['die']);
        await run();
        check(/signal SIGKILL/.test(text(cells[0].outputs.at(-1))), text(cells[0].outputs.at(-1)));
        equal(faults.map(fault => fault.reason), ['ended']);
        cells[0].document.getText = () => 'text again';
        await run();
        equal([cells[0].success, cells[0].count], [true, 1]);
        session.dispose();
    },
    'fault: the wrong SDK': async () => {
        settings.hostCommand.push('--wrong-sdk');
        const { faults, run } = open(['text one']);
        await run();
        settings.hostCommand.pop();
        equal(faults.map(fault => fault.reason), ['wrong-sdk']);
    },
    'fault: no dotnet': async () => {
        const old = settings.hostCommand;
        settings.hostCommand = ['/nowhere/dotnet'];
        const { faults, run } = open(['text one']);
        await run();
        settings.hostCommand = old;
        equal(faults.map(fault => fault.reason), ['no-dotnet']);
    },
    'fault: no host: the reader is asked to build it': async () => {
        const old = settings.hostCommand;
        settings.hostCommand = [];
        const { cells, run, asked } = open(['text one'], '/');
        await run();
        settings.hostCommand = old;
        equal([asked(), cells[0].success], [1, undefined]);
    },
    'fault: 10 MB of text: 2 are kept, with the end and what is missing': async () => {
        const { session, cells, run } = open(['big 10']);
        await run();
        const all = cells[0].outputs.map(text).join('');
        check(all.length < 2_010_000, `${all.length} characters`);
        check(/7,996,000 more characters left out/.test(all), all.slice(-4200, -4000));
        session.dispose();
    },
    'fault: a cell that prints without end is stopped': async () => {
        const { session, cells, run, during } = open(['endless']);
        void during(0, () => session.interrupt(), 1500);
        await run();
        check(cells[0].outputs.map(text).join('').length < 2_010_000, 'too much is kept');
        check(cells[0].success === false, 'it did not end');
        session.dispose();
    },
    'fault: a restart in the middle of a cell': async () => {
        const { session, cells, run, during } = open(['deaf']);
        void during(0, () => session.restart());
        await run();
        equal([cells[0].success, cells[0].outputs.length], [undefined, 0]);
        session.dispose();
    },
    'what comes after the end of a cell is still shown': async () => {
        const { session, cells, run } = open(['late']);
        await run();
        await new Promise(done => setTimeout(done, 1200));
        equal(cells[0].outputs.map(text).join(''), 'before the end\nafter the end\n');
        session.dispose();
    },
    'kit: an endless loop is interrupted, and the variables stay': async () => {
        const dll = join(kit, 'artifacts/bin/Lectern.Host/release/Lectern.Host.dll');
        if (!existsSync(dll)) return 'skipped';
        const old = settings.hostCommand;
        settings.hostCommand = ['dotnet', dll, 'stream'];
        const { session, cells, run, during } = open(['var kept = 7;', 'while (true) { }', '1'], join(kit, 'notebooks/0-foundations'));
        void during(1, () => session.interrupt(), 1000);
        await run();
        settings.hostCommand = old;
        equal(cells.map(cell => cell.success), [true, false, undefined]);
        const { variables } = await session.host.request('variables', {});
        check(variables.some(variable => variable.name === 'kept' && variable.value === '7'), JSON.stringify(variables));
        session.dispose();
    },
    'kit: the outputs are those of the headless run': async () => {
        const dll = join(kit, 'artifacts/bin/Lectern.Host/release/Lectern.Host.dll');
        if (!existsSync(dll)) return 'skipped';
        const sources = [
            'using Lectern.Charts;\nusing Lectern.Lessons;\nConsole.WriteLine("one\\ntwo");\nConsole.Error.WriteLine("err");\nConsole.Write("end");',
            'display(Show.Table(["a", "b"], new object[][] { [1, 2] }));\nTorchSharp.torch.arange(6).reshape(2, 3)',
            'Chart.Line(new double[] { 1, 2 }, new double[] { 3, 4 }).WithTitle("A line")',
            '#!markdown\n# A heading\n$x^2$', 'Check.Near(1, 2, hint: "More.")', 'new { A = 1, B = "two" }',
        ];
        const folder = mkdtempSync(join(tmpdir(), 'lectern-session-'));
        const cells = sources.map((source, i) => ({ cell_type: 'code', execution_count: null, id: `c${i}`, metadata: {}, outputs: [], source: source.split(/(?<=\n)/) }));
        const file = join(folder, 'a.ipynb'), out = join(folder, 'out.ipynb');
        writeFileSync(file, JSON.stringify({ cells, metadata: kernelMetadata, nbformat: 4, nbformat_minor: 5 }));
        execFileSync('dotnet', [dll, 'execute', file, '--notebook', out], { stdio: 'ignore', env: { ...process.env, LECTERN_ROOT: kit } });
        const headless = JSON.parse(readFileSync(out, 'utf8')).cells.map(cell => cell.outputs);
        const old = settings.hostCommand;
        settings.hostCommand = ['dotnet', dll, 'stream'];
        const here = open(sources, folder);
        await here.run();
        settings.hostCommand = old;
        here.session.dispose();
        rmSync(folder, { recursive: true, force: true });
        here.cells.forEach((cell, i) => equal(sorted(cell.outputs.map(saved)), sorted(headless[i])));
    },
    'kit: a chart, an error, variables and completion from the real host': async () => {
        const dll = join(kit, 'artifacts/bin/Lectern.Host/release/Lectern.Host.dll');
        if (!existsSync(dll)) return 'skipped';
        const old = settings.hostCommand;
        settings.hostCommand = ['dotnet', dll, 'stream'];
        const { session, cells, run } = open(['using Lectern.Charts;\nvar xs = new double[] { 1, 2, 3 };\nConsole.WriteLine(xs.Length);\nChart.Line(xs, xs)', 'int y = "text";'], join(kit, 'notebooks/0-foundations'));
        const began = Date.now();
        await run();
        const first = Date.now() - began;
        settings.hostCommand = old;
        equal(cells.map(cell => cell.success), [true, false]);
        equal(text(cells[0].outputs[0]), '3\n');
        check(cells[0].outputs[1].items[0].mime === 'application/vnd.plotly.v1+json', cells[0].outputs[1].items.map(item => item.mime).join());
        const before = [cells[0].document.getText()];
        const ask = async (type, content) => { const began = Date.now(); const reply = await session.host.request(type, content); return { ...reply, ms: Date.now() - began }; };
        const { variables } = await ask('variables', {});
        check(variables.some(variable => variable.name === 'xs'), JSON.stringify(variables));
        const times = [];
        for (let i = 0; i < 5; i++) {
            const list = await ask('complete', { code: 'Chart.', at: 6, before });
            check(list.items.some(item => item.text === 'Heatmap'), 'no Heatmap');
            times.push(list.ms);
        }
        check((await ask('hover', { code: 'Chart.Line(xs, xs)', at: 7, before })).found, 'no hover');
        check((await ask('signature', { code: 'Chart.Line(', at: 11, before })).signatures.length > 0, 'no signature');
        check((await ask('diagnose', { code: 'int y = "text";', before })).problems.length === 1, 'no problem');
        const { places } = await ask('define', { code: 'Chart.Line(xs, xs)', at: 7, before });
        check(places[0]?.file?.endsWith('.cs'), JSON.stringify(places));
        session.dispose();
        return `start and first result ${first} ms; completions ${times.join(', ')} ms`;
    },
};

const words = process.argv.slice(2);
let failed = 0;
for (const [name, body] of Object.entries(tests)) {
    if (words.length > 0 && !words.some(word => name.includes(word))) continue;
    const began = Date.now();
    try {
        const more = await body();
        console.log(more === 'skipped' ? `skipped  ${name}: ${kit} is not built` : `passed  ${name} (${((Date.now() - began) / 1000).toFixed(1)} s${more ? `; ${more}` : ''})`);
    } catch (fault) {
        failed++;
        console.log(`FAILED  ${name}\n        ${fault.message.slice(0, 600)}`);
    }
}
process.exit(failed > 0 ? 1 : 0);
