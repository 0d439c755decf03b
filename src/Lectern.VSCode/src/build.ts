// Builds the kit, by its own script.
import { spawn } from 'node:child_process';
import * as vscode from 'vscode';
import { findKit, type Kit } from './kit';

/** Builds the kit of a notebook, or the workspace's, with progress in a notification and the output in the log. */
export async function buildKit(log: vscode.LogOutputChannel, notebook?: vscode.Uri): Promise<boolean> {
    const kit = findKit(notebook);
    if (!kit) {
        void noKit();
        return false;
    }
    const result = await runScript(kit, ['--help'], 'Building Lectern', log);
    if (result.ok && kit.isBuilt) {
        void vscode.commands.executeCommand('setContext', 'lectern.built', true);
        return true;
    }
    if (!result.cancelled) {
        const why = result.output.trim().split('\n').slice(-1)[0] || `${kit.host} is still missing`;
        void vscode.window.showErrorMessage(`Lectern could not be built: ${why}`, 'Show the Log').then(choice => choice && log.show());
    }
    return false;
}

/** Says that there is no kit. */
export async function noKit(): Promise<void> {
    const choice = await vscode.window.showErrorMessage(
        'Lectern’s folder was not found: the one with Lectern.slnx and the script "lectern". Open it, or name it in the setting lectern.kit.',
        'Open a Folder', 'Open the Setting');
    if (choice === 'Open a Folder') await vscode.commands.executeCommand('vscode.openFolder');
    if (choice === 'Open the Setting') await vscode.commands.executeCommand('workbench.action.openSettings', 'lectern.kit');
}

/** Runs the script to its end; the notification's button ends it. */
export function runScript(kit: Kit, words: string[], title: string, log: vscode.LogOutputChannel):
    Thenable<{ ok: boolean; cancelled: boolean; output: string }> {
    return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (progress, token) =>
        new Promise(resolve => {
            log.info(`${kit.script} ${words.join(' ')}`);
            // A group of its own, so that a cancelled build's compilers end with it.
            const child = spawn(kit.script, words, {
                cwd: kit.folder, shell: process.platform === 'win32', detached: process.platform !== 'win32', stdio: ['ignore', 'pipe', 'pipe'],
            });
            let output = '';
            const take = (text: string) => {
                output = (output + text).slice(-20_000);
                log.info(text.trimEnd());
                const line = text.trim().split('\n').slice(-1)[0]?.slice(0, 100);
                if (line) progress.report({ message: line });
            };
            child.stdout.setEncoding('utf8').on('data', take);
            child.stderr.setEncoding('utf8').on('data', take);
            const cancelled = token.onCancellationRequested(() => {
                try {
                    process.kill(process.platform === 'win32' ? child.pid! : -child.pid!);
                } catch {
                    // It has just ended.
                }
            });
            const end = (ok: boolean, more = '') => {
                cancelled.dispose();
                if (more) take(more);
                resolve({ ok, cancelled: token.isCancellationRequested, output });
            };
            child.on('error', fault => end(false, `${kit.script} could not be started: ${fault.message}`));
            child.on('close', code => end(code === 0));
        }));
}
