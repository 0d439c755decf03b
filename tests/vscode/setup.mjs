// Puts VS Code itself (code-server) and Playwright into artifacts/vscode: no package's scripts run, and the native modules
// that VS Code's server needs are compiled here, with the headers that Node was installed with. Quick when it is done.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, '../..');
export const folder = join(root, 'artifacts/vscode');
const stamp = join(folder, 'setup.stamp');
const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** What is missing on this machine for a test in the browser; empty where nothing is. */
export function missing() {
    const lacking = [];
    if (Number(process.versions.node.split('.')[0]) !== 20) lacking.push(`Node 20 (code-server is built for it; here is ${process.versions.node})`);
    if (!has('npm')) lacking.push('npm');
    if (!chromium()) lacking.push('Chromium');
    if (!existsSync(stamp)) {
        if (!headers()) lacking.push("Node's headers (Debian: libnode-dev)");
        for (const tool of ['make', 'g++', 'python3']) if (!has(tool)) lacking.push(tool);
    }
    return lacking;
}

/** The browser. */
export function chromium() {
    const named = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
    return named.find(path => path && existsSync(path));
}

/** Installs what is not installed yet. */
export function setUp(say = console.log) {
    const wanted = createHash('sha256').update(readFileSync(join(here, 'package-lock.json'))).update(readFileSync(fileURLToPath(import.meta.url)))
        .update(process.version).digest('hex');
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
    const began = Date.now();
    mkdirSync(folder, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(here, file), join(folder, file));
    say('installing code-server and Playwright into artifacts/vscode');
    run('npm', ['ci', ...quiet], folder);

    const vscode = join(folder, 'node_modules/code-server/lib/vscode');
    // Not ci: the list that VS Code ships lacks an entry that newer npm wants.
    run('npm', ['install', '--omit=dev', ...quiet], vscode);
    // Parts of VS Code look for their modules in the archive that its desktop form has.
    rmSync(join(vscode, 'node_modules.asar'), { force: true });
    symlinkSync('node_modules', join(vscode, 'node_modules.asar'));

    const gyp = join(run('npm', ['root', '-g'], folder).trim(), 'npm/node_modules/node-gyp/bin/node-gyp.js');
    for (const name of ['@vscode/spdlog', 'native-watchdog', 'node-pty']) {
        say(`compiling ${name}`);
        run(process.execPath, [gyp, 'rebuild', `--nodedir=${headers()}`], join(vscode, 'node_modules', name));
    }
    say('compiling argon2');
    const argon = join(folder, 'node_modules/argon2/lib/binding/napi-v3');
    // In another place: its build file divides a path that has a space.
    const aside = mkdtempSync(join(tmpdir(), 'argon2-'));
    for (const name of ['argon2', 'node-addon-api']) cpSync(join(folder, 'node_modules', name), join(aside, 'node_modules', name), { recursive: true });
    run(process.execPath, [gyp, 'rebuild', `--nodedir=${headers()}`, '--module_name=argon2', `--module_path=${aside}`], join(aside, 'node_modules/argon2'));
    mkdirSync(argon, { recursive: true });
    copyFileSync(join(aside, 'argon2.node'), join(argon, 'argon2.node'));
    rmSync(aside, { recursive: true, force: true });
    writeFileSync(stamp, wanted);
    say(`VS Code for the tests is ready after ${Math.round((Date.now() - began) / 1000)} s`);
}

function headers() {
    const prefix = dirname(dirname(process.execPath));
    return [process.env.npm_config_nodedir, prefix, '/usr', '/usr/local'].find(at => at && existsSync(join(at, 'include/node/node.h')));
}

function has(program) {
    return (process.env.PATH ?? '').split(':').some(at => existsSync(join(at, program)));
}

function run(program, words, cwd) {
    try {
        return execFileSync(program, words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 });
    } catch (fault) {
        throw new Error(`${program} ${words.join(' ')}\nin ${cwd}\n${fault.stdout ?? ''}\n${fault.stderr ?? ''}`.trim().slice(0, 4000));
    }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const lacking = missing();
    if (lacking.length > 0) console.log(`skipped: missing ${lacking.join(', ')}`);
    else setUp();
}
