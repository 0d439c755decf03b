// A host that speaks the stream and runs no C#: each cell is a command to it. For what a real host does too rarely to be
// tested with it (it dies in the middle of a cell), and for the extension's tests without a built kit.
//
//   text WORDS      prints them               die            ends the process in the middle of the cell
//   loop            runs until interrupted    deaf           runs, and hears no interrupt
//   endless         prints without end        big MEGABYTES  prints so much
//   progress        an output updated 20 times, the last time after the next output
//   figure          a Plotly figure           ask            asks for a line, and prints it
//   fail            an error                  late           prints after its end
//   check ANSWER    a check of an exercise    forms          an output of each kind
import { createInterface } from 'node:readline';

let count = 0, answer, interrupted = false;
const queue = [];
let busy = false;

const send = (type, parent, content) => new Promise(done => process.stdout.write(JSON.stringify({ type, parent, content }) + '\n', () => done()));
const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

process.stderr.write('the false host begins\n');
if (process.argv.includes('--wrong-sdk')) {
    process.stderr.write('You must install or update .NET to run this application.\nFramework: Microsoft.NETCore.App, version 10.0.0\n');
    process.exit(150);
}
send('ready', undefined, { protocol: 1, version: '0.0.0', folder: process.cwd() });

createInterface({ input: process.stdin }).on('line', line => {
    let request;
    try {
        request = JSON.parse(line);
    } catch {
        return send('fault', undefined, { message: 'no JSON' });
    }
    take(request);
}).on('close', () => process.exit(0));

function take({ id, type, content }) {
    const ok = more => send('reply', id, { status: 'ok', ...more });
    switch (type) {
        case 'execute': queue.push({ id, code: content.code }); return pump();
        case 'input': return answer?.(content.value);
        case 'cancel': return;
        case 'interrupt':
            interrupted = true;
            for (const { id } of queue.splice(0)) send('reply', id, { status: 'error', ename: 'Interrupted', evalue: '', traceback: [] });
            return ok();
        case 'complete': {
            const start = content.code.slice(0, content.at).search(/\w*$/);
            return ok({ start, end: content.at, items: [{ text: 'progress', kind: 'method', description: 'an output updated' }, { text: 'propose', kind: 'property', description: '' }] });
        }
        case 'hover': return ok({ found: true, markdown: `**${content.before.length}** cells above`, start: 0, end: content.code.length });
        case 'signature': return ok({ signatures: [{ label: 'text(words)', documentation: 'Prints.', parameters: [{ start: 5, end: 10, documentation: 'what' }] }], signature: 0, parameter: 0 });
        case 'diagnose': {
            const at = content.code.indexOf('wrong');
            return ok({ problems: at < 0 ? [] : [{ start: at, end: at + 5, severity: 'error', code: 'F1', message: 'this is wrong' }] });
        }
        case 'define': return ok({ places: [{ cell: 0, start: 0, end: 4 }] });
        case 'variables': return ok({ variables: [{ name: 'count', type: 'int', shape: '', value: String(count) }] });
        case 'shutdown': return ok().then(() => process.exit(0));
        default: return send('reply', id, { status: 'error', ename: 'UnknownRequest', evalue: type });
    }
}

async function pump() {
    if (busy) return;
    busy = true;
    for (let next = queue.shift(); next; next = queue.shift()) {
        const { id, code } = next;
        const began = Date.now();
        interrupted = false;
        count++;
        await send('started', id, {});
        let fault;
        try {
            await run(id, code.trim());
        } catch (error) {
            fault = { ename: error.name, evalue: error.message, traceback: [`${error.name}: ${error.message}`, '  at cell'] };
            await send('error', id, fault);
        }
        await send('reply', id, { status: fault ? 'error' : 'ok', execution_count: count, milliseconds: Date.now() - began, ...fault });
    }
    busy = false;
}

async function run(id, code) {
    const [word, ...rest] = code.split(/\s+/);
    const print = (text, name = 'stdout') => send('stream', id, { name, text });
    const show = (data, display_id) => send('display_data', id, { data, metadata: {}, transient: display_id ? { display_id } : {} });
    const stop = () => { if (interrupted) throw Object.assign(new Error('The cell was stopped.'), { name: 'Interrupted' }); };
    switch (word) {
        case 'text': return print(rest.join(' ') + '\n');
        case 'die': await print('before\n'); await wait(300); process.kill(process.pid, 'SIGKILL'); return wait(60_000);
        case 'loop': for (;;) { stop(); await wait(20); }
        case 'deaf': for (;;) await wait(1000);
        case 'endless': for (let i = 0; ; i++) { stop(); await print(`line ${i} of a cell that prints without end\n`.repeat(20)); if (i % 50 === 0) await wait(1); }
        case 'big': {
            const line = 'x'.repeat(99) + '\n';
            for (let i = 0; i < Number(rest[0]) * 10; i++) await print(line.repeat(1000));
            return;
        }
        case 'progress':
            await show({ 'text/html': '<progress max="1" value="0"></progress>', 'text/plain': '0 %' }, 'bar');
            for (let i = 1; i < 20; i++) {
                await wait(10);
                await send('update_display_data', id, { data: { 'text/html': `<progress max="1" value="${i / 20}"></progress>`, 'text/plain': `${5 * i} %` }, metadata: {}, transient: { display_id: 'bar' } });
            }
            await print('done\n');
            return send('update_display_data', id, { data: { 'text/html': '<progress max="1" value="1"></progress>', 'text/plain': '100 %' }, metadata: {}, transient: { display_id: 'bar' } });
        case 'more': return send('update_display_data', id, { data: { 'text/html': '<b class="again">again</b>', 'text/plain': 'again' }, metadata: {}, transient: { display_id: 'bar' } });
        case 'figure': {
            const x = Array.from({ length: 200 }, (_, i) => i / 10);
            return send('execute_result', id, {
                execution_count: count, metadata: {}, transient: {},
                data: {
                    'application/vnd.plotly.v1+json': { data: [{ type: 'scatter', x, y: x.map(Math.sin), name: 'sine' }], layout: { title: { text: 'A sine' }, height: 300 }, config: {} },
                    'text/plain': '[figure: A sine] sine',
                },
            });
        }
        case 'ask': {
            const asked = new Promise(resolve => answer = resolve);
            await send('input_request', id, { prompt: 'Your name?', password: rest[0] === 'secret' });
            const value = await asked;
            return print(value === null ? 'no answer\n' : `Hello ${value}.\n`);
        }
        case 'fail': throw new RangeError('out of range');
        case 'late': setTimeout(() => print('after the end\n'), 600); return print('before the end\n');
        case 'check': {
            const right = rest[0] === '42';
            return send('execute_result', id, { execution_count: count, metadata: {}, transient: {}, data: { 'text/html': `<b>${right ? '✓' : '✗'}</b>`, 'text/plain': right ? '✓ Right.' : '✗ Think of Deep Thought.' } });
        }
        case 'forms':
            await print('gone\n');
            await send('clear_output', id, { wait: false });
            await print('out\n');
            await print('err\n', 'stderr');
            await print('one ');
            await print('line\ntwo lines, no end');
            await show({ 'text/html': '<table><tr><td>a cell</td></tr></table>', 'text/plain': 'a cell' });
            await show({ 'image/png': png, 'text/plain': 'a picture' });
            await show({ 'image/svg+xml': '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">\n<circle r="9" cx="10" cy="10"/></svg>' });
            await show({ 'text/markdown': '# A heading\n\nand $x^2$' });
            await show({ 'text/latex': '$$\\sum_i x_i$$' });
            await show({ 'application/json': { a: [1, 2, { b: null }] } });
            await send('display_data', id, { data: { 'text/plain': 'first' }, metadata: { isolated: true }, transient: {} });
            return send('execute_result', id, { execution_count: count, metadata: {}, transient: {}, data: { 'text/plain': '42' } });
        default: throw new SyntaxError(`no such command: ${word}`);
    }
}
