// Where VS Code begins: makes the parts, and ends the hosts with the window.
import * as vscode from 'vscode';
import { Checks } from './checks';
import { registerCommands } from './commands';
import { Controller } from './controller';
import { findKit } from './kit';
import { Diagnostics, followMagics, registerLanguages } from './languages';
import { isOurs } from './notebooks';
import { Variables } from './variables';

let controller: Controller | undefined;

export function activate(context: vscode.ExtensionContext): void {
    const log = vscode.window.createOutputChannel('Lectern', { log: true });
    controller = new Controller(log);
    const variables = new Variables(controller);
    context.subscriptions.push(
        log, controller, variables, new Checks(controller), new Diagnostics(controller),
        registerLanguages(controller), followMagics(), registerCommands(controller, variables, log),
        controller.ranCell(({ ok }) => ok && say('ran', true)),
        vscode.window.onDidChangeActiveNotebookEditor(editor => say('notebook', editor !== undefined && isOurs(editor.notebook))),
        vscode.workspace.onDidChangeWorkspaceFolders(sayKit));
    const editor = vscode.window.activeNotebookEditor;
    say('notebook', editor !== undefined && isOurs(editor.notebook));
    sayKit();
}

export async function deactivate(): Promise<void> {
    await controller?.close();
}

function sayKit(): void {
    const kit = findKit();
    say('kit', kit !== undefined);
    say('built', kit?.isBuilt === true);
}

/** Sets a context key, which menus and the walkthrough ask for. */
function say(key: string, value: boolean): void {
    void vscode.commands.executeCommand('setContext', `lectern.${key}`, value);
}
