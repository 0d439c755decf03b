// The exercises: whether a cell's check came out right, on a line below the cell.
import * as vscode from 'vscode';
import type { Controller } from './controller';
import { isOurs, metadataOf, notebookType } from './notebooks';

/** What a check says, as Check.cs writes it. */
const verdict = /^([✓✗]) (.*)/u;

/** The verdicts among a cell's outputs. */
export function verdictsOf(cell: vscode.NotebookCell): { right: boolean; message: string }[] {
    return cell.outputs.flatMap(output => {
        const plain = output.items.find(item => item.mime === 'text/plain');
        const html = output.items.some(item => item.mime === 'text/html');
        const found = plain && html ? verdict.exec(Buffer.from(plain.data).toString('utf8')) : null;
        return found ? [{ right: found[1] === '✓', message: found[2] }] : [];
    });
}

export class Checks implements vscode.Disposable, vscode.NotebookCellStatusBarItemProvider {
    private readonly onChange = new vscode.EventEmitter<void>();
    readonly onDidChangeCellStatusBarItems = this.onChange.event;

    private readonly disposables: vscode.Disposable[];

    constructor(controller: Controller) {
        this.disposables = [
            this.onChange,
            vscode.notebooks.registerNotebookCellStatusBarItemProvider(notebookType, this),
            controller.ranCell(({ cell }) => {
                this.onChange.fire();
                const isSolved = isExercise(cell) && verdictsOf(cell).some(one => one.right);
                if (isSolved) void vscode.commands.executeCommand('setContext', 'lectern.solved', true);
            }),
        ];
    }

    dispose(): void {
        this.disposables.forEach(disposable => disposable.dispose());
    }

    provideCellStatusBarItems(cell: vscode.NotebookCell): vscode.NotebookCellStatusBarItem[] {
        if (cell.kind !== vscode.NotebookCellKind.Code || !isOurs(cell.notebook)) return [];
        const verdicts = verdictsOf(cell);
        if (verdicts.length === 0) return isExercise(cell) ? [item('$(mortar-board) Exercise', 'Change the code and run it: a check answers.')] : [];
        const wrong = verdicts.find(one => !one.right);
        return [wrong
            ? item('$(error) Not yet', wrong.message)
            : item('$(pass-filled) Right', verdicts.length > 1 ? `All ${verdicts.length} checks.` : 'The check came out right.')];
    }
}

function isExercise(cell: vscode.NotebookCell): boolean {
    const tags = metadataOf(cell).tags;
    return Array.isArray(tags) && tags.includes('exercise');
}

function item(text: string, tooltip: string): vscode.NotebookCellStatusBarItem {
    const one = new vscode.NotebookCellStatusBarItem(text, vscode.NotebookCellStatusBarAlignment.Left);
    one.tooltip = tooltip;
    one.priority = 100;
    return one;
}
