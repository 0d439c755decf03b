// Bundles the extension (for VS Code's Node) and the renderer (for the notebook's page, Plotly within);
// with --package makes artifacts/vscode/lectern.vsix of them.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const words = process.argv.slice(2);
const common = { absWorkingDir: here, bundle: true, minify: !words.includes('--watch'), logLevel: 'warning', legalComments: 'inline' };
const bundles = [
    { ...common, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js', platform: 'node', format: 'cjs', target: 'node20', external: ['vscode'] },
    { ...common, entryPoints: ['src/renderer.ts'], outfile: 'dist/renderer.js', platform: 'browser', format: 'esm', target: 'es2022' },
];

if (words.includes('--watch')) {
    for (const bundle of bundles) await (await esbuild.context(bundle)).watch();
} else {
    for (const bundle of bundles) await esbuild.build(bundle);
    if (words.includes('--package')) {
        copyFileSync(join(here, '../../LICENSE'), join(here, 'LICENSE'));
        const vsix = resolve(here, '../../artifacts/vscode/lectern.vsix');
        mkdirSync(dirname(vsix), { recursive: true });
        const vsce = join(dirname(createRequire(import.meta.url).resolve('@vscode/vsce/package.json')), 'vsce');
        // The bundles hold all that is needed: no node_modules travel.
        execFileSync(process.execPath, [vsce, 'package', '--no-dependencies', '--skip-license', '--allow-missing-repository', '--out', vsix],
            { cwd: here, stdio: 'inherit' });
    }
}
