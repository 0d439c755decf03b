// VS Code in a browser: starts code-server and Chromium, and does what a reader's hands do.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { chromium as browserPath, folder } from './setup.mjs';

const settings = {
    'workbench.startupEditor': 'none', 'workbench.tips.enabled': false, 'workbench.colorTheme': 'Default Light Modern',
    'telemetry.telemetryLevel': 'off', 'update.mode': 'none', 'extensions.ignoreRecommendations': true, 'extensions.autoCheckUpdates': false,
    'security.workspace.trust.enabled': false, 'git.enabled': false, 'window.commandCenter': false, 'chat.commandCenter.enabled': false,
    'files.autoSave': 'off', 'files.hotExit': 'off', 'files.simpleDialog.enable': true, 'editor.accessibilitySupport': 'off', 'notebook.lineNumbers': 'on',
    'notebook.output.scrolling': true, 'window.restoreWindows': 'none', 'workbench.editor.restoreViewState': false,
};

export const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));

/** Asks again and again until the answer is there. */
export async function until(what, question, seconds = 30, every = 100) {
    const end = Date.now() + 1000 * seconds;
    for (let last; ;) {
        try {
            last = await question();
            if (last) return last;
        } catch (fault) {
            last = fault;
        }
        if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s${last instanceof Error ? ` (${last.message.split('\n')[0]})` : ''}`);
        await wait(every);
    }
}

/** The server, with folders of its own that begin empty. */
export class Server {
    async start(scratch, vsix) {
        this.port = await freePort();
        this.data = join(scratch, 'user');
        const extensions = join(scratch, 'extensions');
        mkdirSync(join(this.data, 'User'), { recursive: true });
        writeFileSync(join(this.data, 'User/settings.json'), JSON.stringify(settings));
        const entry = join(folder, 'node_modules/code-server/out/node/entry.js');
        const places = ['--user-data-dir', this.data, '--extensions-dir', extensions];
        // No proxy and no key leads out of here.
        const environment = { ...process.env, HOME: scratch, DOTNET_CLI_HOME: scratch, NUGET_PACKAGES: process.env.NUGET_PACKAGES ?? join(process.env.HOME, '.nuget/packages') };
        for (const name of Object.keys(environment)) if (/_proxy$/i.test(name) || name.startsWith('VSCODE_')) delete environment[name];
        execFileSync(process.execPath, [entry, ...places, '--install-extension', vsix], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
        this.child = spawn(process.execPath, [
            entry, '--auth', 'none', '--bind-addr', `127.0.0.1:${this.port}`, ...places, '--disable-workspace-trust', '--disable-telemetry',
            '--disable-update-check', '--disable-getting-started-override', '--ignore-last-opened',
        ], { env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
        this.log = '';
        for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', text => this.log = (this.log + text).slice(-20_000));
        await until('code-server listens', async () => (await fetch(`http://127.0.0.1:${this.port}/healthz`)).ok, 60);
    }

    stop() {
        try {
            process.kill(-this.child.pid);
        } catch {
            // It has ended.
        }
    }
}

/** The browser; it resolves no name but this machine's own. */
export async function startBrowser() {
    const { chromium } = createRequire(join(folder, 'package.json'))('playwright-core');
    return chromium.launch({
        executablePath: browserPath(),
        args: ['--no-sandbox', '--disable-gpu', '--enable-precise-memory-info', '--js-flags=--expose-gc', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
    });
}

/** One window of VS Code. */
export class Window {
    constructor(page) {
        this.page = page;
    }

    /** Opens a folder, with a notebook if one is named. */
    static async open(browser, server, workspace, file) {
        const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US' });
        const page = await context.newPage();
        const window = new Window(page);
        window.context = context;
        window.outside = [];
        page.on('request', request => {
            const url = new URL(request.url());
            if (/^https?:|^wss?:/.test(url.protocol) && url.hostname !== '127.0.0.1' && !url.hostname.endsWith('vscode-cdn.net')) window.outside.push(request.url());
        });
        await page.goto(`http://127.0.0.1:${server.port}/?folder=${encodeURIComponent(workspace)}`);
        await page.waitForSelector('.monaco-workbench .part.activitybar', { timeout: 60_000 });
        // Before the extensions are known, a notebook is a file of text.
        await page.waitForSelector('.part.activitybar .action-label[aria-label*="Lectern"]', { timeout: 60_000 });
        window.workspace = workspace;
        if (file) await window.goto(file);
        return window;
    }

    /** Runs a command by its title. */
    async command(title) {
        await this.page.keyboard.press('F1');
        const box = this.page.locator('.quick-input-widget:visible .quick-input-box input');
        await box.waitFor({ timeout: 10_000 });
        await box.fill(`>${title}`);
        // The best match is not always the first of the list that is filled while one types.
        const entry = this.page.locator('.quick-input-list .monaco-list-row').filter({ has: this.page.getByText(title, { exact: true }) }).first();
        await entry.waitFor({ timeout: 10_000 });
        await entry.click();
        await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden', timeout: 10_000 }).catch(() => undefined);
    }

    /** Chooses the light theme (vs) or the dark one (vs-dark), whichever an earlier test has left: the server keeps it. */
    async theme(name) {
        const isChosen = () => this.page.locator(`.monaco-workbench.${name}`).count();
        if (await isChosen() === 0) await this.command('Preferences: Toggle between Light/Dark Themes');
        await until(`the theme ${name}`, isChosen, 10);
    }

    /** Closes all editors; what was changed is let go of. */
    async closeAll() {
        const isChanged = await this.page.locator('.tab.dirty').count() > 0;
        await this.command('View: Close All Editors');
        if (isChanged) await this.page.getByRole('button', { name: "Don't Save" }).click({ timeout: 5_000 });
    }

    /** Opens another file of the folder in this window, alone. */
    async goto(file) {
        await this.closeAll();
        // By its path: a search for files would want ripgrep.
        await this.page.keyboard.press('Control+o');
        const box = this.page.locator('.quick-input-widget:visible .quick-input-box input');
        await box.waitFor({ timeout: 15_000 });
        // The dialog writes its folder over what was typed before it had read it.
        const path = join(this.workspace, file);
        await until(`the dialog takes ${path}`, async () => {
            if (await box.count() === 0) return true;
            if (await box.inputValue({ timeout: 1000 }) === path) await this.page.keyboard.press('Enter');
            else await box.fill(path, { timeout: 1000 });
            return false;
        }, 30, 500);
        if (file.endsWith('.ipynb')) await this.isReady(file);
    }

    /** Waits until a notebook that is being opened can be run. */
    async isReady(file) {
        this.file = join(this.workspace, file);
        // A cell of text has no size here: it is drawn in the page of the outputs.
        await this.page.waitForSelector('.notebookOverlay .cell-list-container .monaco-list-row', { state: 'attached', timeout: 60_000 });
        // Until the extension knows the notebook, Ctrl+Enter is a new line.
        const kernel = this.page.locator('.notebook-toolbar-container').getByText('C# (Lectern)');
        await kernel.first().waitFor({ timeout: 30_000 });
        // Seen once, in CI, and never brought about since.
        if (await kernel.count() > 1) console.log('        the kernel is named twice in the toolbar');
    }

    runAll() {
        return this.command('Notebook: Run All');
    }

    /** Saves, and reads what was saved. */
    async saved() {
        await this.page.keyboard.press('Control+s');
        await wait(150);
        return JSON.parse(readFileSync(this.file, 'utf8'));
    }

    /** Saves until the file is as asked for. */
    untilSaved(what, question, seconds = 60) {
        return until(what, async () => {
            const notebook = await this.saved();
            return question(notebook) ? notebook : undefined;
        }, seconds, 400);
    }

    /** A cell that is on the screen. */
    cell(index) {
        return this.page.locator(`.notebookOverlay .cell-list-container .monaco-list-row[data-index="${index}"]`);
    }

    /** Puts the cursor at the end of a cell's code. */
    async edit(index, text) {
        await this.cell(index).locator('.monaco-editor .view-lines').first().click();
        await this.page.keyboard.press('Control+a');
        await this.page.keyboard.press('Delete');
        if (text) await this.page.keyboard.insertText(text);
    }

    /** The page in which the outputs are drawn. */
    async outputs() {
        return until('the page of the outputs', async () => {
            for (const frame of this.page.frames()) {
                if (await frame.locator('#container .output_container').count().catch(() => 0) > 0) return frame;
            }
            return undefined;
        }, 20);
    }

    /** A notification's text. */
    notification(text) {
        return this.page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text }).first();
    }

    async press(notification, button) {
        await notification.waitFor({ timeout: 30_000 });
        await notification.hover();
        await notification.locator('.monaco-button, .action-label').filter({ hasText: button }).first().click();
    }

    close() {
        return this.context.close();
    }
}

/** The processes whose command line holds a text: their numbers. */
export function processesWith(text) {
    return execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
        .map(line => /^\s*(\d+)\s+(.*)/.exec(line)).filter(found => found && found[2].includes(text) && !found[2].startsWith('ps '))
        .map(found => Number(found[1]));
}

function freePort() {
    return new Promise((resolve, reject) => {
        const server = createServer().on('error', reject);
        server.listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}
