// The view of variables: name, type, shape, and the head of each value.
import * as vscode from 'vscode';
import type { Controller } from './controller';
import type { Session } from './session';
import type { Variable, VariablesReply } from './stream';

export class Variables implements vscode.Disposable, vscode.TreeDataProvider<Variable> {
    private readonly onChange = new vscode.EventEmitter<void>();
    readonly onDidChangeTreeData = this.onChange.event;

    private readonly view: vscode.TreeView<Variable>;
    private readonly disposables: vscode.Disposable[];
    private shown: Variable[] = [];
    private asked = 0;

    constructor(private readonly controller: Controller) {
        this.view = vscode.window.createTreeView('lectern.variables', { treeDataProvider: this, showCollapseAll: false });
        this.disposables = [
            this.onChange, this.view,
            controller.ranCell(({ session }) => this.refresh(session)),
            controller.startedHost(session => this.refresh(session)),
            vscode.window.onDidChangeActiveNotebookEditor(() => this.refresh()),
            this.view.onDidChangeVisibility(({ visible }) => visible && this.refresh()),
        ];
    }

    dispose(): void {
        this.disposables.forEach(disposable => disposable.dispose());
    }

    /** Asks for the variables of the notebook that is shown, if it is the given session's. */
    async refresh(of?: Session): Promise<void> {
        const notebook = vscode.window.activeNotebookEditor?.notebook;
        const session = notebook && this.controller.find(notebook);
        // Values are formatted by the reader's code: nobody's time is taken for a view that is closed, or between cells.
        if (!this.view.visible || (of && of !== session) || session?.isBusy && session !== of) return;
        const mine = ++this.asked;
        const reply = await session?.host?.request<VariablesReply>('variables', {}).catch(() => undefined);
        if (mine !== this.asked) return;
        this.shown = reply?.status === 'ok' ? reply.variables : [];
        this.onChange.fire();
    }

    getChildren(parent?: Variable): Variable[] {
        return parent ? [] : this.shown;
    }

    getTreeItem(variable: Variable): vscode.TreeItem {
        const item = new vscode.TreeItem(variable.name);
        const { type, shape, value } = variable;
        item.id = variable.name;
        item.description = [type, shape, '=', value.replace(/\s+/g, ' ')].filter(part => part).join(' ');
        item.tooltip = new vscode.MarkdownString().appendCodeblock(`${type} ${variable.name}${shape ? `   // ${shape}` : ''}`, 'csharp').appendCodeblock(value, 'text');
        item.iconPath = new vscode.ThemeIcon(shape ? 'symbol-array' : 'symbol-variable');
        item.contextValue = 'variable';
        item.accessibilityInformation = { label: `${variable.name}, ${type}${shape ? `, shape ${shape}` : ''}, ${value}` };
        return item;
    }
}
