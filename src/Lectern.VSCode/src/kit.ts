// Where the kit is, and the program that runs its host.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';

/** A checkout of Lectern. */
export class Kit {
    constructor(readonly folder: string) {}

    /** The built host; where the machine has two engines, the one that the script builds by default comes first. */
    get host(): string {
        const places = ['artifacts', 'artifacts/package'].map(output => path.join(this.folder, output, 'bin/Lectern.Host/release/Lectern.Host.dll'));
        return places.find(place => fs.existsSync(place)) ?? places[0];
    }

    get isBuilt(): boolean {
        return fs.existsSync(this.host);
    }

    /** The script, with what starts it. */
    get script(): string {
        const windows = path.join(this.folder, 'lectern.cmd');
        return process.platform === 'win32' && fs.existsSync(windows) ? windows : path.join(this.folder, 'lectern');
    }

    /** The lessons: every notebook under notebooks/, in reading order. */
    lessons(): { name: string; area: string; file: string }[] {
        const top = path.join(this.folder, 'notebooks');
        return foldersIn(top).flatMap(area => filesIn(path.join(top, area))
            .filter(file => file.endsWith('.ipynb'))
            .map(file => ({ name: path.basename(file, '.ipynb'), area, file: path.join(top, area, file) })));
    }

    /** The areas, as `lectern new` names them. */
    areas(): string[] {
        return foldersIn(path.join(this.folder, 'notebooks')).filter(area => /^\d/.test(area));
    }
}

/** The kit of a notebook or, without one, of the workspace. */
export function findKit(notebook?: vscode.Uri): Kit | undefined {
    const settings = vscode.workspace.getConfiguration('lectern', notebook);
    const named = settings.get<string>('kit', '').trim();
    if (named) return new Kit(path.resolve(named.replace(/^~(?=$|[\\/])/, os.homedir())));
    const starts = [
        ...(notebook?.scheme === 'file' ? [path.dirname(notebook.fsPath)] : []),
        ...(vscode.workspace.workspaceFolders ?? []).filter(folder => folder.uri.scheme === 'file').map(folder => folder.uri.fsPath),
    ];
    for (const start of starts) {
        for (let folder = start; ; folder = path.dirname(folder)) {
            if (fs.existsSync(path.join(folder, 'Lectern.slnx')) && fs.existsSync(path.join(folder, 'lectern'))) return new Kit(folder);
            if (folder === path.dirname(folder)) break;
        }
    }
    return undefined;
}

/** The dotnet program, looked for where the lectern script looks. */
export function findDotnet(): string {
    const named = vscode.workspace.getConfiguration('lectern').get<string>('dotnet', '').trim();
    if (named) return named;
    const name = process.platform === 'win32' ? 'dotnet.exe' : 'dotnet';
    const places = [
        ...(process.env.PATH ?? '').split(path.delimiter),
        process.env.DOTNET_ROOT ?? '',
        path.join(os.homedir(), '.dotnet'),
        '/usr/share/dotnet', '/usr/lib/dotnet', '/usr/local/share/dotnet', 'C:\\Program Files\\dotnet',
    ];
    return places.filter(place => place).map(place => path.join(place, name)).find(place => fs.existsSync(place)) ?? name;
}

function foldersIn(folder: string): string[] {
    return entries(folder).filter(entry => entry.isDirectory() && !entry.name.startsWith('.')).map(entry => entry.name).sort();
}

function filesIn(folder: string): string[] {
    return entries(folder).filter(entry => entry.isFile()).map(entry => entry.name).sort();
}

function entries(folder: string): fs.Dirent[] {
    try {
        return fs.readdirSync(folder, { withFileTypes: true });
    } catch {
        return [];
    }
}
