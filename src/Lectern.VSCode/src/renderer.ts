// Draws Plotly figures in a notebook's page: with the Plotly that is bundled here, in the colours of the theme.
import type { ActivationFunction } from 'vscode-notebook-renderer';
// @ts-expect-error The package has no types.
import Plotly from 'plotly.js-dist-min';

interface Figure { data: object[]; layout?: Record<string, any>; config?: object; frames?: object[] }
interface Drawn { plot: HTMLElement; figure: Figure; seen: ResizeObserver }

export const activate: ActivationFunction = () => {
    const drawn = new Map<string, Drawn>();

    // The page's body changes its classes with the theme.
    new MutationObserver(() => {
        for (const { plot, figure } of drawn.values()) void draw(plot, figure, false);
    }).observe(document.body, { attributes: true, attributeFilter: ['class'] });

    const remove = (id: string) => {
        const old = drawn.get(id);
        if (!old) return;
        drawn.delete(id);
        old.seen.disconnect();
        Plotly.purge(old.plot);
        old.plot.remove();
    };

    return {
        async renderOutputItem(item, element) {
            const figure = item.json() as Figure;
            const old = drawn.get(item.id);
            if (old && element.contains(old.plot)) {
                // An update: the same place, the same zoom where Plotly can keep it.
                old.figure = figure;
                await draw(old.plot, figure, false);
                return;
            }
            remove(item.id);
            element.replaceChildren();
            const plot = element.appendChild(document.createElement('div'));
            plot.className = 'lectern-plot';
            plot.style.width = figure.layout?.width ? `${figure.layout.width}px` : '100%';
            plot.style.maxWidth = '100%';
            plot.style.minHeight = `${figure.layout?.height ?? 450}px`;
            let width = element.clientWidth;
            const seen = new ResizeObserver(() => {
                // Hidden outputs have no width, and Plotly's own height must not start it again.
                if (element.clientWidth === 0 || element.clientWidth === width) return;
                width = element.clientWidth;
                if (!figure.layout?.width) Plotly.Plots.resize(plot);
            });
            seen.observe(element);
            drawn.set(item.id, { plot, figure, seen });
            try {
                await draw(plot, figure, true);
            } catch (fault) {
                remove(item.id);
                element.textContent = `Plotly could not draw this figure: ${fault}`;
            }
        },
        disposeOutputItem(id) {
            for (const one of id === undefined ? [...drawn.keys()] : [id]) remove(one);
        },
    };
};

async function draw(plot: HTMLElement, figure: Figure, isNew: boolean): Promise<void> {
    const { data, frames } = figure;
    const config = { displaylogo: false, ...figure.config, responsive: false };
    const layout = themed(figure.layout);
    if (isNew) {
        await Plotly.newPlot(plot, { data, layout, config, frames });
        return;
    }
    await Plotly.react(plot, data, layout, config);
    if (frames) {
        await Plotly.deleteFrames(plot);
        await Plotly.addFrames(plot, frames);
    }
}

// On a dark page a figure that brings the kit's light template is drawn as in the kit's dark one, on the page's own ground.
function themed(layout: Record<string, any> = {}): Record<string, any> {
    const own = layout.template?.layout ?? {};
    if (!/vscode-(dark|high-contrast(?!-light))/.test(document.body.className) || isDark(own.paper_bgcolor ?? layout.paper_bgcolor)) return layout;
    const page = getComputedStyle(document.body);
    const [ink, grid, line] = [page.getPropertyValue('--vscode-editor-foreground').trim() || '#d7dbe0', '#363c45', '#737a85'];
    const paper = page.getPropertyValue('--vscode-editor-background').trim() || '#1b1e23';
    const axis = (old: object = {}) => ({ ...old, gridcolor: grid, zerolinecolor: line, linecolor: line, tickcolor: line });
    const space = (old: object = {}) => ({ ...axis(old), color: ink, backgroundcolor: paper });
    return {
        ...layout,
        template: {
            ...layout.template,
            layout: {
                ...own, paper_bgcolor: paper, plot_bgcolor: paper, font: { ...own.font, color: ink },
                xaxis: axis(own.xaxis), yaxis: axis(own.yaxis),
                scene: { ...own.scene, xaxis: space(own.scene?.xaxis), yaxis: space(own.scene?.yaxis), zaxis: space(own.scene?.zaxis) },
                legend: { ...own.legend, bgcolor: 'rgba(0,0,0,0)' },
                sliderdefaults: { ...own.sliderdefaults, bgcolor: grid, bordercolor: line, tickcolor: line },
                updatemenudefaults: { ...own.updatemenudefaults, bgcolor: grid, bordercolor: line },
                modebar: { bgcolor: 'rgba(0,0,0,0)', color: line, activecolor: ink },
            },
        },
    };
}

function isDark(colour: string | undefined): boolean {
    const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour ?? '');
    if (!hex) return false;
    const [r, g, b] = hex.slice(1).map(part => parseInt(part, 16));
    return 0.299 * r + 0.587 * g + 0.114 * b < 128;
}
