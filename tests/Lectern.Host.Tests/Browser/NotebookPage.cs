using System.Globalization;
using Lectern.Host.Pages;
using Lectern.Host.Running;
using Microsoft.Playwright;

namespace Lectern.Host.Tests.Browser;

/// <summary>A notebook's page in Chromium, worked as a reader works it: with the menus, the buttons and the pointer.</summary>
internal sealed class NotebookPage : IAsyncDisposable
{
    private const string Idle =
        "() => !Jupyter.notebook.kernel_busy && Jupyter.notebook.get_cells().every(c => c.cell_type !== 'code' || c.input_prompt_number !== '*')";

    private readonly JupyterServer server;
    private readonly IPlaywright playwright;
    private readonly IBrowser browser;
    private readonly List<string> elsewhere = [];

    private NotebookPage(JupyterServer server, IPlaywright playwright, IBrowser browser, IPage page) =>
        (this.server, this.playwright, this.browser, Page) = (server, playwright, browser, page);

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>What the page wanted from another place than the server; it did not get it.</summary>
    public IReadOnlyList<string> Elsewhere => elsewhere;

    /// <summary>Opens a notebook and waits until its kernel answers.</summary>
    /// <param name="server">The server.</param>
    /// <param name="address">The notebook's address.</param>
    public static async Task<NotebookPage> OpenAsync(JupyterServer server, string address)
    {
        // The driver lies beside the program that draws pictures; one copy of it is enough.
        Environment.SetEnvironmentVariable("PLAYWRIGHT_DRIVER_SEARCH_PATH", Path.GetDirectoryName(Checkout.Binary("Lectern.Pictures")));
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Find(), Args = ["--disable-gpu", "--disable-dev-shm-usage"] });
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1100, Height = 900 } });
        context.SetDefaultTimeout(120_000);
        var notebook = new NotebookPage(server, playwright, browser, await context.NewPageAsync());
        await context.RouteAsync("**/*", async route =>
        {
            var url = route.Request.Url;
            if (url.StartsWith(server.Address, StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal)
                || url.StartsWith("blob:", StringComparison.Ordinal))
            {
                await route.ContinueAsync();
                return;
            }
            lock (notebook.elsewhere)
            {
                notebook.elsewhere.Add(url);
            }
            await route.AbortAsync();
        });
        try
        {
            await notebook.Page.GotoAsync(address);
            await notebook.WaitForAsync(
                "() => window.Jupyter && Jupyter.notebook && Jupyter.notebook.kernel && Jupyter.notebook.kernel.is_connected() "
                + "&& Jupyter.notebook.kernel.info_reply.protocol_version");
            return notebook;
        }
        catch
        {
            await notebook.DisposeAsync();
            throw;
        }
    }

    /// <summary>One of the notebook's cells, from 0.</summary>
    public ILocator Cell(int number) => Page.Locator("#notebook-container > .cell").Nth(number);

    /// <summary>Clicks an entry of a menu.</summary>
    /// <param name="menu">The menu's id.</param>
    /// <param name="entry">The entry's id.</param>
    public async Task ChooseAsync(string menu, string entry)
    {
        await Page.Locator($"#{menu}").ClickAsync();
        await Page.Locator($"#{entry} a").First.ClickAsync();
    }

    /// <summary>Clicks a button of the tool bar.</summary>
    /// <param name="action">Its action.</param>
    public Task PressAsync(string action) => Page.Locator($"button[data-jupyter-action='jupyter-notebook:{action}']").ClickAsync();

    /// <summary>Selects a cell and runs it.</summary>
    public async Task RunAsync(int number)
    {
        await Cell(number).Locator(".input_prompt").ClickAsync();
        await PressAsync("run-cell-and-select-next");
    }

    /// <summary>Waits until no cell runs or waits for its turn.</summary>
    public Task WaitUntilIdleAsync(int seconds) => WaitForAsync(Idle, seconds);

    /// <summary>Waits until JavaScript says yes.</summary>
    public async Task WaitForAsync(string script, int seconds = 120)
    {
        try
        {
            await Page.WaitForFunctionAsync(script, null, new() { Timeout = 1000f * seconds, PollingInterval = 50 });
        }
        catch (TimeoutException)
        {
            await KeepAsync("failed");
            throw new InvalidOperationException(
                $"After {seconds} s this was not so: {script}\nThe page: {await Page.InnerTextAsync("body")}\nThe server: {server}");
        }
    }

    /// <summary>Keeps a picture of the window in artifacts/screenshots.</summary>
    public async Task KeepAsync(string name) => await Page.ScreenshotAsync(new()
    {
        Path = Path.Combine(Checkout.Root, "artifacts", "screenshots", string.Create(CultureInfo.InvariantCulture, $"{name}.png")),
    });

    /// <summary>Points at the largest of some marks of a plot.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="marks">A selector of the marks.</param>
    /// <param name="down">Where in the mark, from 0 at its top to 1.</param>
    /// <returns>What the plot says of the place.</returns>
    public async Task<string> HoverAsync(ILocator plot, string marks, double down = 0.5)
    {
        await plot.ScrollIntoViewIfNeededAsync();
        var place = await plot.EvaluateAsync<float[]>("""
            (plot, [marks, down]) => {
              const boxes = [...plot.querySelectorAll(marks)].map(mark => mark.getBoundingClientRect());
              const box = boxes.reduce((a, b) => a.width * a.height >= b.width * b.height ? a : b);
              return [box.left + box.width / 2, box.top + down * box.height];
            }
            """, new object[] { marks, down });
        await Page.Mouse.MoveAsync(place[0] - 5, place[1]);
        await Page.Mouse.MoveAsync(place[0], place[1]);
        var said = plot.Locator(".hoverlayer .hovertext");
        await said.First.WaitForAsync();
        return string.Join(" ", await said.AllTextContentsAsync());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }
}
