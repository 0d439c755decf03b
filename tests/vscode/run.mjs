// The extension's tests, in VS Code itself: run.mjs [NAME…] runs those whose names hold one of the words.
// The kit must be built; LECTERN_KIT names another one's folder. Each test leaves a picture in artifacts/vscode/screenshots.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server, Window, processesWith, startBrowser, until, wait } from './code.mjs';
import { folder, missing, root, setUp } from './setup.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const words = process.argv.slice(2);

// First what needs no window: session.mjs prints its own lines.
const counts = { passed: 0, FAILED: 0, skipped: 0 };
if (words.length === 0 && existsSync(join(root, 'src/Lectern.VSCode/node_modules/esbuild'))) {
    const { stdout, status } = spawnSync(process.execPath, [join(here, 'session.mjs')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: 180_000 });
    process.stdout.write(stdout);
    for (const line of stdout.split('\n')) if (line.split('  ')[0] in counts) counts[line.split('  ')[0]]++;
    if (status !== 0 && counts.FAILED === 0) {
        counts.FAILED++;
        console.log(`FAILED  the session's tests ended with ${status}`);
    }
}
const lacking = missing();
if (lacking.length > 0) {
    console.log(`skipped  all of the extension's tests: missing ${lacking.join(', ')}`);
    process.exit(counts.FAILED > 0 ? 1 : 0);
}
try {
    setUp();
} catch (fault) {
    // No network, or a machine that VS Code's modules do not compile on: nothing is said about the kit.
    console.log(`skipped  all tests in VS Code, which could not be set up:\n${fault.message}`);
    process.exit(counts.FAILED > 0 ? 1 : 0);
}

const vsix = join(folder, 'lectern.vsix');
const kit = resolve(process.env.LECTERN_KIT ?? root);
const hostDll = 'artifacts/bin/Lectern.Host/release/Lectern.Host.dll';
const isBuilt = existsSync(join(kit, hostDll));
const pictures = join(folder, 'screenshots');
rmSync(pictures, { recursive: true, force: true });
mkdirSync(pictures, { recursive: true });

const scratch = mkdtempSync(join(tmpdir(), 'lectern vscode '));
const fakeHost = join(here, 'fake-host.mjs');
const metadata = {
    kernelspec: { display_name: '.NET (C#)', language: 'C#', name: '.net-csharp' },
    language_info: { file_extension: '.cs', mimetype: 'text/x-csharp', name: 'C#', pygments_lexer: 'csharp', version: '14.0' },
};

function workspace(name, settings) {
    const at = join(scratch, name);
    mkdirSync(join(at, '.vscode'), { recursive: true });
    writeFileSync(join(at, '.vscode/settings.json'), JSON.stringify(settings));
    return at;
}

function notebook(at, file, cells) {
    writeFileSync(join(at, file), JSON.stringify({
        cells: cells.map((source, i) => ({
            cell_type: 'code', execution_count: null, id: `cell-${i}`, metadata: source.startsWith('check') ? { tags: ['exercise'] } : {}, outputs: [], source: source.split(/(?<=\n)/),
        })), metadata, nbformat: 4, nbformat_minor: 5,
    }, null, 1) + '\n');
    return file;
}

const text = output => [output?.text ?? output?.data?.['text/plain'] ?? ''].flat().join('');
const same = (actual, expected, what) => {
    const [a, b] = [JSON.stringify(sorted(actual)), JSON.stringify(sorted(expected))];
    if (a === b) return;
    const first = Math.max(0, [...a].findIndex((character, i) => character !== b[i]) - 200);
    throw new Error(`${what}\n  is       …${a.slice(first, first + 600)}\n  expected …${b.slice(first, first + 600)}`);
};
const check = (right, what) => { if (!right) throw new Error(what); };
const sorted = value => Array.isArray(value) ? value.map(sorted) : value && typeof value === 'object'
    ? Object.fromEntries(Object.keys(value).sort().map(key => [key, sorted(value[key])])) : value;

const fake = workspace('fake', { 'lectern.hostCommand': [process.execPath, fakeHost] });
const tests = [];
const test = (name, body) => tests.push({ name, body });
let server, browser, window;

/** A notebook in the one window that most tests share. */
async function show(file, at = fake) {
    if (window && window.workspace !== at) {
        await window.close();
        window = undefined;
    }
    if (window) await window.goto(file);
    else window = await Window.open(browser, server, at, file);
    return window;
}

// ---- with the false host --------------------------------------------------------------------------

test('runs all cells, stops at the first that fails, and saves what Jupyter would', async () => {
    const w = await show(notebook(fake, 'run.ipynb', ['text hello', 'figure', 'progress', 'more', 'forms', 'fail', 'text not run']));
    await w.runAll();
    const { cells } = await w.untilSaved('the error', n => n.cells[5].outputs.length > 0 && n.cells[5].execution_count);
    same(cells.map(cell => cell.execution_count), [1, 2, 3, 4, 5, 6, null], 'the execution counts');
    same(cells[0].outputs, [{ name: 'stdout', output_type: 'stream', text: ['hello\n'] }], 'a stream');
    same(cells[2].outputs, [
        { data: { 'text/html': ['<b class="again">again</b>'], 'text/plain': ['again'] }, metadata: {}, output_type: 'display_data' },
        { name: 'stdout', output_type: 'stream', text: ['done\n'] },
    ], 'an output updated by its own cell and by a later one');
    same(cells[4].outputs, [
        { name: 'stdout', output_type: 'stream', text: ['out\n'] },
        { name: 'stderr', output_type: 'stream', text: ['err\n'] },
        { name: 'stdout', output_type: 'stream', text: ['one line\n', 'two lines, no end'] },
        { data: { 'text/html': ['<table><tr><td>a cell</td></tr></table>'], 'text/plain': ['a cell'] }, metadata: {}, output_type: 'display_data' },
        { data: { 'image/png': 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'text/plain': ['a picture'] }, metadata: {}, output_type: 'display_data' },
        { data: { 'image/svg+xml': ['<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">\n', '<circle r="9" cx="10" cy="10"/></svg>'] }, metadata: {}, output_type: 'display_data' },
        { data: { 'text/markdown': ['# A heading\n', '\n', 'and $x^2$'] }, metadata: {}, output_type: 'display_data' },
        { data: { 'text/latex': ['$$\\sum_i x_i$$'] }, metadata: {}, output_type: 'display_data' },
        { data: { 'application/json': { a: [1, 2, { b: null }] } }, metadata: {}, output_type: 'display_data' },
        { data: { 'text/plain': ['first'] }, metadata: { isolated: true }, output_type: 'display_data' },
        { data: { 'text/plain': ['42'] }, execution_count: 5, metadata: {}, output_type: 'execute_result' },
    ], 'each form');
    same(cells[5].outputs, [{ ename: 'RangeError', evalue: 'out of range', output_type: 'error', traceback: ['RangeError: out of range', '  at cell'] }], 'an error');
});

test('draws a figure, and a hint for an exercise', async () => {
    const w = await show(notebook(fake, 'draw.ipynb', ['figure', 'check 1', 'check 42']));
    await w.runAll();
    const frame = await w.outputs();
    await until('a curve', () => frame.locator('.js-plotly-plot .scatterlayer path.js-line').count());
    await w.page.locator('.cell-status-item').filter({ hasText: 'Not yet' }).waitFor({ timeout: 10_000 });
    await w.page.locator('.cell-status-item').filter({ hasText: 'Right' }).waitFor({ timeout: 10_000 });
    check(w.outside.length === 0, `asked for ${w.outside}`);
});

test('asks for a line of input', async () => {
    const w = await show(notebook(fake, 'ask.ipynb', ['ask']));
    await w.runAll();
    const box = w.page.locator('.quick-input-widget:visible .quick-input-box input');
    await until('the question', async () => await w.page.getByText('Your name?').count() > 0);
    await box.fill('Ada');
    await w.page.keyboard.press('Enter');
    await w.untilSaved('the answer', n => text(n.cells[0].outputs[0]) === 'Hello Ada.\n');
});

test('interrupts an endless loop; fault: a cell that prints without end', async () => {
    const w = await show(notebook(fake, 'endless.ipynb', ['endless', 'text after']));
    await w.runAll();
    await wait(4000);
    const began = Date.now();
    await w.command('Notebook: Interrupt');
    const { cells } = await w.untilSaved('the end', n => n.cells[0].outputs.some(output => output.output_type === 'error'));
    const characters = cells[0].outputs.map(text).join('').length;
    check(characters < 2_100_000, `${characters} characters were kept`);
    check(characters < 1_900_000 || cells[0].outputs.some(output => /characters left out/.test(text(output))), 'nothing says what was left out');
    check(cells[1].execution_count === null, 'the next cell ran');
    return `${characters} characters kept, stopped and saved after ${Date.now() - began} ms`;
});

test('fault: an output of 10 MB', async () => {
    const w = await show(notebook(fake, 'big.ipynb', ['big 10', 'text after']));
    const began = Date.now();
    await w.runAll();
    const { cells } = await w.untilSaved('the next cell', n => n.cells[1].outputs.length > 0);
    check(/8,000,000|7,99\d,\d{3} more characters left out/.test(cells[0].outputs.map(text).join('').slice(-6000)), 'the count of what was left out');
    return `${Date.now() - began} ms`;
});

test('fault: the host is killed in the middle of a cell', async () => {
    const w = await show(notebook(fake, 'die.ipynb', ['die', 'text again']));
    await w.runAll();
    const toast = w.notification('The host has ended');
    await toast.waitFor({ timeout: 20_000 });
    await w.untilSaved('the crash in the cell', n => n.cells[0].outputs.some(output => output.ename === 'HostEnded'));
    await w.page.screenshot({ path: join(pictures, 'killed.png') });
    await w.press(toast, 'Restart');
    await w.cell(1).locator('.monaco-editor .view-lines').click();
    await w.command('Notebook: Execute Cell');
    await w.untilSaved('a cell after the restart', n => n.cells[1].execution_count === 1);
});

test('restarts: the count begins again', async () => {
    const w = await show(notebook(fake, 'restart.ipynb', ['text one']));
    await w.runAll();
    await w.untilSaved('the first run', n => n.cells[0].execution_count === 1);
    await w.runAll();
    await w.untilSaved('the second run', n => n.cells[0].execution_count === 2);
    await w.command('Lectern: Restart');
    await wait(1500);
    await w.runAll();
    await w.untilSaved('the run after the restart', n => n.cells[0].execution_count === 1);
});

test('fault: the window closes while a cell runs', async () => {
    const at = workspace('closing', { 'lectern.hostCommand': [process.execPath, fakeHost, '--closing'] });
    const w = await show(notebook(at, 'close.ipynb', ['loop']), at);
    await w.runAll();
    await until('the host', () => processesWith('--closing').length === 1);
    await wait(1000);
    await w.page.close({ runBeforeUnload: true });
    await until('the end of the host', () => processesWith('--closing').length === 0, 40);
    await window.close();
    window = undefined;
});

test('fault: a second window on the same notebook', async () => {
    const file = notebook(fake, 'two.ipynb', ['text one']);
    const w = await show(file);
    const other = await Window.open(browser, server, fake, file);
    try {
        await w.runAll();
        await w.untilSaved('the first window', n => n.cells[0].execution_count === 1);
        await other.runAll();
        await until('the second window', async () => (await other.page.locator('.execution-count-label').first().textContent())?.includes('1'));
        await other.page.screenshot({ path: join(pictures, 'second-window.png') });
    } finally {
        await other.close();
    }
});

test('fault: the wrong SDK', async () => {
    const at = workspace('wrong', { 'lectern.hostCommand': [process.execPath, fakeHost, '--wrong-sdk'] });
    const w = await show(notebook(at, 'wrong.ipynb', ['text one']), at);
    await w.notification('Lectern needs .NET 10').waitFor({ timeout: 30_000 });
});

test('fault: the host is missing, and one click builds it', async () => {
    rmSync(join(scratch, 'missing'), { recursive: true, force: true });
    const at = workspace('missing', {});
    writeFileSync(join(at, 'Lectern.slnx'), '');
    writeFileSync(join(at, 'lectern'), `#!/bin/sh\necho building; sleep 1; mkdir -p ${dirname(hostDll)}; touch ${hostDll}; echo done\n`, { mode: 0o755 });
    const w = await show(notebook(at, 'missing.ipynb', ['text one']), at);
    const toast = w.notification('Lectern is not built yet');
    await toast.waitFor({ timeout: 30_000 });
    await w.page.screenshot({ path: join(pictures, 'missing.png') });
    await w.press(toast, 'Build Lectern');
    await until('the build', () => existsSync(join(at, hostDll)));
});

test('measure: 200 runs of a plotting cell leave the memory of the page as it was', async () => {
    const w = await show(notebook(fake, 'plots.ipynb', ['figure']));
    const heap = async () => {
        const frame = await w.outputs();
        return frame.evaluate(() => {
            globalThis.gc?.();
            return [performance.memory.usedJSHeapSize / 1e6, document.querySelectorAll('.js-plotly-plot').length];
        });
    };
    const runs = async (from, to) => {
        for (let i = from; i <= to; i++) {
            await w.page.keyboard.press('Control+Enter');
            await until(`run ${i}`, async () => (await w.cell(0).locator('.execution-count-label').textContent())?.includes(String(i)), 20, 10);
        }
        await wait(1500);
        return heap();
    };
    await w.cell(0).locator('.monaco-editor .view-lines').click();
    const [before] = await runs(1, 20);
    const [after, plots] = await runs(21, 220);
    check(plots === 1, `${plots} plots are in the page`);
    check(after < before + 10, `the page's heap grew from ${before.toFixed(1)} to ${after.toFixed(1)} MB`);
    return `heap ${before.toFixed(1)} MB, 200 runs later ${after.toFixed(1)} MB`;
});

// ---- with the kit ---------------------------------------------------------------------------------

const real = () => {
    const at = join(scratch, 'kit');
    if (existsSync(at)) return at;
    mkdirSync(join(at, 'notebooks'), { recursive: true });
    for (const name of ['Lectern.slnx', 'lectern', 'global.json', 'artifacts', 'data', 'src', 'tests']) symlinkSync(join(kit, name), join(at, name));
    mkdirSync(join(at, 'notebooks/0-foundations'));
    const lesson = JSON.parse(readFileSync(join(root, 'notebooks/0-foundations/Tensors.ipynb'), 'utf8'));
    for (const cell of lesson.cells) if (cell.cell_type === 'code') [cell.outputs, cell.execution_count] = [[], null];
    writeFileSync(join(at, 'notebooks/0-foundations/Tensors.ipynb'), JSON.stringify(lesson, null, 1) + '\n');
    workspace('kit', {});
    for (const file of ['Small', 'Other']) {
        notebook(at, `notebooks/0-foundations/${file}.ipynb`, [
            'using Lectern.Charts;\nvar xs = new double[] { 1, 2, 3 };\nxs.Length',
            'Chart.Line(xs, xs).WithTitle("A line")', 'while (true) { }']);
    }
    return at;
};

/** Runs one cell and waits for its number. */
async function execute(w, index, count, seconds = 60) {
    const label = () => w.cell(index).locator('.execution-count-label').textContent();
    const before = await label();
    let clicks = 0;
    await until(`cell ${index} is started`, async () => {
        // A cell that moves while outputs are laid out may be missed by the mouse; said, lest it hide that a key does nothing.
        if (clicks++ > 0) console.log(`        cell ${index} did not start and is clicked again`);
        await w.cell(index).locator('.monaco-editor .view-lines').first().click({ timeout: 5000 });
        await w.page.keyboard.press('Control+Enter');
        return until('a change', async () => await label() !== before, 5, 10);
    }, seconds);
    await until(`cell ${index} is run`, async () => (await label())?.includes(String(count)), seconds, 10);
}

test('measure: kit: from opening a notebook to its first result', async () => {
    const at = real();
    if (window) await window.close();
    window = undefined;
    const w = await show('notebooks/0-foundations/Other.ipynb', at);
    const times = [];
    for (const file of ['Small', 'Other', 'Small', 'Other', 'Small']) {
        await w.closeAll();
        await wait(1000);
        const began = Date.now();
        await w.page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: `${file}.ipynb` }).click();
        await w.isReady(`notebooks/0-foundations/${file}.ipynb`);
        await execute(w, 0, 1);
        times.push(Date.now() - began);
    }
    return `${times.join(', ')} ms from the click on the file, with a new host`;
});

test('kit: draws a chart, shows its values, completes a member, shows signatures, a hover and a squiggle', async () => {
    const w = await show('notebooks/0-foundations/Small.ipynb', real());
    await execute(w, 0, 1);
    await execute(w, 1, 2);
    const frame = await w.outputs();
    await until('the chart', () => frame.locator('.js-plotly-plot .scatterlayer path.js-line').count(), 60);
    await until('the value under the mouse', async () => {
        // The middle of the curve, from another side each time.
        await w.page.mouse.move(700 + 50 * Math.random(), 200);
        await frame.locator('.js-plotly-plot .nsewdrag').first().hover({ timeout: 2000 });
        return frame.locator('.js-plotly-plot .hoverlayer .hovertext').count();
    }, 30, 300);
    await w.page.screenshot({ path: join(pictures, 'chart.png') });
    await w.edit(1, 'Chart');
    // From the key to the list, by the page's own clock.
    const list = async () => {
        const shown = w.page.evaluate(() => new Promise(done => {
            let began;
            addEventListener('keydown', () => began = performance.now(), { capture: true, once: true });
            const look = () => document.querySelector('.suggest-widget.visible .monaco-list-row') ? done(Math.round(performance.now() - began)) : requestAnimationFrame(look);
            requestAnimationFrame(look);
        }));
        await wait(50);
        await w.page.keyboard.type('.');
        return shown;
    };
    await wait(1000);
    await w.page.keyboard.press('Escape');
    const cold = await list();
    await w.page.screenshot({ path: join(pictures, 'completion.png') });
    const times = [];
    for (let i = 0; i < 5; i++) {
        await w.page.keyboard.press('Escape');
        await w.page.keyboard.press('Backspace');
        await wait(700);
        times.push(await list());
    }
    await w.page.keyboard.press('Escape');
    await w.page.keyboard.type('Line(');
    await w.page.locator('.parameter-hints-widget.visible').waitFor({ timeout: 20_000 });
    await w.page.screenshot({ path: join(pictures, 'signatures.png') });
    await w.page.keyboard.press('Escape');
    await w.edit(1, 'Chart.Line(xs, xs);\nint wrong = "text";');
    await w.page.locator('.squiggly-error').first().waitFor({ timeout: 30_000 });
    await wait(2000);
    await w.page.screenshot({ path: join(pictures, 'squiggle.png') });
    await until('the hover', async () => {
        await w.page.mouse.move(600, 700);
        await w.cell(1).locator('.view-line span span').filter({ hasText: /^Line$/ }).first().hover({ timeout: 2000 });
        await wait(1200);
        return w.page.locator('.monaco-hover:visible').filter({ hasText: 'Line' }).count();
    }, 20);
    return `completion ${cold} ms cold, then ${times.join(', ')} ms`;
});

test('kit: goes to a definition in the library\'s sources', async () => {
    const w = await show('notebooks/0-foundations/Small.ipynb', real());
    await execute(w, 0, 1);
    await w.cell(1).locator('.view-line span span').filter({ hasText: /^Line$/ }).first().click();
    await w.page.keyboard.press('F12');
    await w.page.locator('.tab.active').filter({ hasText: 'Chart.cs' }).waitFor({ timeout: 30_000 });
    await w.page.locator('.editor-instance .view-line').filter({ hasText: /Figure\s+Line</ }).first().waitFor({ timeout: 30_000 });
});

test('kit: interrupts an endless loop, keeps the variables, lists them, and restarts', async () => {
    const w = await show('notebooks/0-foundations/Small.ipynb', real());
    await w.page.locator('.activitybar .action-label[aria-label*="Lectern"]').click();
    await execute(w, 0, 1);
    const variable = w.page.locator('.pane-body .monaco-list-row').filter({ hasText: 'xs' });
    await variable.first().waitFor({ timeout: 30_000 });
    await w.cell(2).locator('.monaco-editor .view-lines').first().click();
    await w.page.keyboard.press('Control+Enter');
    await wait(2500);
    await w.page.screenshot({ path: join(pictures, 'loop.png') });
    const began = Date.now();
    await w.command('Notebook: Interrupt');
    await until('the end of the loop', async () => (await w.cell(2).locator('.execution-count-label').textContent())?.includes('2'));
    const stopped = Date.now() - began;
    await w.page.screenshot({ path: join(pictures, 'interrupted.png') });
    check(await variable.count() > 0, 'the variables are gone');
    await w.command('Lectern: Restart');
    await until('the variables are gone', async () => await variable.count() === 0);
    await execute(w, 0, 1);
    return `stopped after ${stopped} ms, the palette included`;
});

test('kit: the course map, the walkthrough, and a figure in the dark', async () => {
    const w = await show('notebooks/0-foundations/Small.ipynb', real());
    await w.theme('vs-dark');
    await execute(w, 0, 1);
    await execute(w, 1, 2);
    await until('the chart', async () => (await w.outputs()).locator('.js-plotly-plot .scatterlayer path.js-line').count(), 60);
    const dark = await (await w.outputs()).locator('.js-plotly-plot .main-svg').first().evaluate(plot => getComputedStyle(plot.querySelector('.xtick text')).fill);
    await w.page.screenshot({ path: join(pictures, 'dark.png') });
    const light = /rgb\((\d+)/.exec(dark)?.[1] > 128;
    await w.theme('vs');
    check(light, `labels on a dark ground are ${dark}`);
    await w.command('Lectern: Open the Walkthrough');
    await w.page.locator('.getting-started-step').first().waitFor({ timeout: 20_000 });
    await until('all steps', async () => await w.page.locator('.getting-started-step').count() === 7);
    await wait(1500);
    await w.page.screenshot({ path: join(pictures, 'walkthrough.png') });
    await w.closeAll();
    await w.command('Lectern: Open the Course Map');
    await w.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'Tensors' }).waitFor({ timeout: 20_000 });
    await w.page.screenshot({ path: join(pictures, 'course-map.png') });
    await w.page.keyboard.press('Escape');
});

test('kit: runs a lesson whole: its outputs are those of the command line and of Jupyter', async () => {
    const file = 'notebooks/0-foundations/Tensors.ipynb', at = real();
    const environment = { ...process.env, LECTERN_ROOT: kit, LECTERN_THREADS: '1' };
    const lectern = (...words) => execFileSync('dotnet', [join(kit, hostDll), ...words], { stdio: 'pipe', env: environment });
    // Without the times behind a progress bar.
    const outputs = ({ cells }) => JSON.parse(JSON.stringify(cells.map(cell => sorted(cell.outputs ?? []))).replace(/ +[\d.,]+k?(\/s| s each) +in [^<"]+/g, ''));
    const run = (name, how) => {
        const out = join(at, `${name}.ipynb`);
        how(out);
        return outputs(JSON.parse(readFileSync(out, 'utf8')));
    };
    const headless = out => lectern('execute', join(at, file), '--notebook', out);
    const others = { 'the command line': run('headless', headless), 'the command line, again': run('again', headless) };
    const python = '/usr/bin/python3';
    const hasJupyter = spawnSync(python, ['-c', 'import nbclient'], { stdio: 'ignore' }).status === 0;
    if (hasJupyter) {
        const data = join(scratch, 'jupyter');
        for (const name of ['DATA', 'RUNTIME', 'CONFIG']) environment[`JUPYTER_${name}_DIR`] = data;
        lectern('install');
        others.Jupyter = run('jupyter', out => execFileSync(
            python, [join(root, 'tests/Lectern.Host.Tests/Jupyter/run_notebook.py'), join(at, file), dirname(join(at, file)), out], { stdio: 'pipe', env: environment }));
    }

    const w = await show(file, at);
    await w.page.locator('.activitybar .action-label[aria-label*="Lectern"]').click();
    await w.runAll();
    const isDone = n => n.cells.every(cell => cell.cell_type !== 'code' || cell.execution_count > 0);
    const here = outputs(await w.untilSaved('the last cell', isDone, 170));
    // The picture for the README: code and its plot.
    const plot = (await w.outputs()).locator('.js-plotly-plot').first();
    await w.page.mouse.move(800, 600);
    await until('the first plot on the screen', async () => {
        const { y, height } = await plot.boundingBox();
        if (y + height < 860) return true;
        await w.page.mouse.wheel(0, Math.min(120, y + height - 850));
        return false;
    }, 20, 150);
    await wait(1000);
    await w.page.screenshot({ path: join(pictures, 'lesson.png') });

    // Cells that measure time differ between two runs of the same: of them all but the numbers is compared.
    const [first, second] = Object.values(others);
    // Ticks of a logarithmic axis follow from what was measured.
    const withoutNumbers = value => JSON.stringify(value).replace(/-?\d+([.,]\d+)*(e-?\d+)?k?/gi, '0').replace(/\\*"D0\\*"/g, '0');
    let measuring = 0;
    here.forEach((cell, i) => {
        const isMeasured = JSON.stringify(first[i]) !== JSON.stringify(second[i]);
        if (isMeasured) measuring++;
        for (const [name, theirs] of Object.entries(others)) {
            if (isMeasured) same(withoutNumbers(cell), withoutNumbers(theirs[i]), `cell ${i} and ${name}`);
            else same(cell, theirs[i], `cell ${i} and ${name}`);
        }
    });
    const filled = here.filter(cell => cell.length > 0).length;
    check(measuring < filled / 2, `${measuring} of ${filled} cells measure`);
    return `${filled} cells with outputs, ${measuring} of them measure time; compared with ${Object.keys(others).join(', ')}`;
});

// ---- now ------------------------------------------------------------------------------------------

let { FAILED: failed, passed, skipped } = counts;
server = new Server();
const chosen = tests.filter(({ name }) => words.length === 0 || words.some(word => name.toLowerCase().includes(word.toLowerCase())));
try {
    await server.start(scratch, vsix);
    browser = await startBrowser();
    for (const { name, body } of chosen) {
        if (name.includes('kit:') && !isBuilt) {
            skipped++;
            console.log(`skipped  ${name}: ${kit} is not built`);
            continue;
        }
        const began = Date.now();
        const picture = join(pictures, `${name.replace(/[^a-z0-9]+/gi, '-').slice(0, 60)}.png`);
        // A browser on a busy machine stumbles at times: what fails twice has failed.
        for (let attempt = 1; attempt <= 2; attempt++) {
            try {
                const more = await body();
                await window?.page.screenshot({ path: picture }).catch(() => undefined);
                passed++;
                console.log(`passed  ${name} (${((Date.now() - began) / 1000).toFixed(1)} s${more ? `; ${more}` : ''})`);
                break;
            } catch (fault) {
                await window?.page.screenshot({ path: picture }).catch(() => undefined);
                console.log(`${attempt === 1 ? 'again' : 'FAILED'}  ${name}\n        ${fault.message.split('\n').slice(0, 6).join('\n        ')}`);
                if (attempt === 2) failed++;
                await window?.close().catch(() => undefined);
                window = undefined;
            }
        }
    }
} finally {
    await browser?.close();
    server.stop();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 ? 1 : 0);
