// What the palette offers.
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { buildKit, noKit, runScript } from './build';
import type { Controller } from './controller';
import { findKit, type Kit } from './kit';
import { isOurs } from './notebooks';
import type { Variable } from './stream';
import type { Variables } from './variables';

/** Registers them. */
export function registerCommands(controller: Controller, variables: Variables, log: vscode.LogOutputChannel): vscode.Disposable {
    const register = vscode.commands.registerCommand;
    return vscode.Disposable.from(
        register('lectern.restart', () => restart(controller)),
        register('lectern.build', async () => {
            const notebook = active();
            if (!await buildKit(log, notebook?.uri)) return;
            void vscode.window.showInformationMessage('Lectern is built.');
            for (const one of vscode.workspace.notebookDocuments.filter(isOurs)) void controller.session(one).start();
        }),
        register('lectern.courseMap', (name?: unknown) => withKit(kit => openLesson(kit, typeof name === 'string' ? name : undefined))),
        register('lectern.newLesson', () => withKit(kit => newLesson(kit, log))),
        register('lectern.reproduce', () => withKit(reproduce)),
        register('lectern.refreshVariables', () => variables.refresh()),
        register('lectern.copyValue', (variable: Variable) => vscode.env.clipboard.writeText(variable.value)),
        register('lectern.showLog', () => log.show()),
        register('lectern.walkthrough', () => vscode.commands.executeCommand('workbench.action.openWalkthrough', 'lectern.lectern#start', false)));
}

function active(): vscode.NotebookDocument | undefined {
    const notebook = vscode.window.activeNotebookEditor?.notebook;
    return notebook && isOurs(notebook) ? notebook : undefined;
}

async function withKit(work: (kit: Kit) => Promise<unknown>): Promise<void> {
    const kit = findKit(active()?.uri);
    await (kit ? work(kit) : noKit());
}

async function restart(controller: Controller): Promise<void> {
    const notebook = active();
    if (!notebook) {
        void vscode.window.showInformationMessage('Open a C# notebook first: a restart is of its host.');
        return;
    }
    await controller.session(notebook).restart();
    vscode.window.setStatusBarMessage('$(debug-restart) Lectern has restarted: all variables are gone.', 5000);
}

async function openLesson(kit: Kit, name?: string): Promise<void> {
    const map = path.join(kit.folder, 'notebooks/index.ipynb');
    if (!name && fs.existsSync(map)) return open(map);
    const lessons = kit.lessons();
    const named = lessons.find(lesson => lesson.name === name);
    if (named) return open(named.file);
    const items = areasOf(lessons).flatMap(area => [
        { label: area, kind: vscode.QuickPickItemKind.Separator, file: '' },
        ...lessons.filter(lesson => lesson.area === area).map(lesson => ({ label: lesson.name, description: lesson.area, file: lesson.file })),
    ]);
    const choice = await vscode.window.showQuickPick(items, { title: 'The lessons, in reading order', placeHolder: 'A lesson', matchOnDescription: true });
    if (choice) await open(choice.file);
}

async function open(file: string): Promise<void> {
    await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), 'jupyter-notebook');
}

async function newLesson(kit: Kit, log: vscode.LogOutputChannel): Promise<void> {
    const help = await runScript(kit, ['--help'], 'Asking Lectern what it can do', log);
    if (!help.ok) {
        if (!help.cancelled) void vscode.window.showErrorMessage('./lectern --help has failed; the log says why.', 'Show the Log').then(choice => choice && log.show());
        return;
    }
    if (!/^\s+new\b/m.test(help.output)) {
        void vscode.window.showInformationMessage('This checkout of Lectern has no command "./lectern new" yet: it comes with a later one.');
        return;
    }
    const taken = new Set(kit.lessons().map(lesson => lesson.name));
    const name = await vscode.window.showInputBox({
        title: 'New lesson', prompt: "The paper's name, in one word: the notebook, the library's file and the test get it.", placeHolder: 'GraphAttention',
        validateInput: text => !/^[A-Z][A-Za-z0-9]*$/.test(text) ? 'A capital letter first, then letters and digits.' : taken.has(text) ? 'There is one of this name.' : undefined,
    });
    if (!name) return;
    const area = await vscode.window.showQuickPick(kit.areas(), { title: 'New lesson', placeHolder: 'Its area' });
    if (area) inTerminal(kit, `new ${name} --area ${area}`);
}

async function reproduce(kit: Kit): Promise<void> {
    const notebook = active();
    const name = notebook && path.basename(notebook.uri.fsPath, '.ipynb');
    if (!name || !kit.lessons().some(lesson => lesson.name === name)) {
        void vscode.window.showInformationMessage('Open a lesson first: its full-scale experiments are run.');
        return;
    }
    inTerminal(kit, `reproduce ${name}`);
}

function inTerminal(kit: Kit, words: string): void {
    const terminal = vscode.window.createTerminal({ name: `lectern ${words}`, cwd: kit.folder });
    terminal.show();
    const script = path.basename(kit.script);
    terminal.sendText(process.platform === 'win32' ? `.\\${script} ${words}` : `./${script} ${words}`);
}

function areasOf(lessons: { area: string }[]): string[] {
    return [...new Set(lessons.map(lesson => lesson.area))];
}
