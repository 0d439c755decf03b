using Deque.AxeCore.Playwright;
using Lectern.Host.Pages;
using Lectern.Host.Running;
using Lectern.Host.Site;
using Lectern.Host.Tests.Setup;
using Microsoft.Playwright;

namespace Lectern.Host.Tests.Browser;

/// <summary>The book in Chromium, opened as files: its plots, its search, and its use by keys alone.</summary>
[Collection("sessions")]     // they share the machine's two cores
public sealed class SiteTests
{
    // Draws a plot wherever it stands: the watcher would wait until a reader comes near.
    private const string Draw = """
        async () => {
          const plots = [...document.querySelectorAll('.plot')];
          window.dispatchEvent(new Event('beforeprint'));
          return plots.filter(p => !p.querySelector('.drawn .main-svg, .drawn canvas')).length;
        }
        """;

    [Fact]
    public async Task Each_lesson_loads_without_a_complaint_fits_a_phone_and_draws_its_plots()
    {
        await SkipWhereMissing();
        await InBookAsync(async (page, address, complaints) =>
        {
            var lessons = new Course(Checkout.Notebooks).Lessons;
            await page.SetViewportSizeAsync(390, 800);
            foreach (var name in lessons.Select(l => l.Name).Prepend("index").Append("Lectern.Papers.Applications.HoppitySearch.cs"))
            {
                await page.GotoAsync(address(name));
                var wide = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - window.innerWidth");
                Assert.True(wide <= 0, $"{name} is {wide} pixels wider than a phone");
                Assert.True(await page.EvaluateAsync<int>(Draw) == 0, $"{name} has a plot that is not drawn");
            }
            Assert.True(complaints.Count == 0, string.Join("\n", complaints));
        });
    }

    [Theory]
    [InlineData(ColorScheme.Light, "index", "OverSmoothing", "Lectern.Lessons.Check.cs")]
    [InlineData(ColorScheme.Dark, "index", "MaskRcnn", "Lectern.Lessons.Check.cs")]
    public async Task Pages_keep_the_rules_of_accessibility_in_both_looks_and_on_a_phone(ColorScheme look, params string[] names)
    {
        await SkipWhereMissing();
        await InBookAsync(async (page, address, _) =>
        {
            await page.EmulateMediaAsync(new() { ColorScheme = look });
            if (look == ColorScheme.Dark) { await page.SetViewportSizeAsync(390, 800); }
            foreach (var name in names)
            {
                await page.GotoAsync(address(name));
                await page.EvaluateAsync(Draw);
                var broken = (await page.RunAxe()).Violations.SelectMany(rule => rule.Nodes.Select(
                    node => $"{rule.Id} ({rule.Help}): {string.Join("; ", node.Any.Select(check => check.Message))}\n    {node.Html}"));
                Assert.True(!broken.Any(), $"{name}:\n  {string.Join("\n  ", broken)}");
            }
        });
    }

    [Fact]
    public async Task Search_menu_switch_and_skip_link_work_by_keys_alone()
    {
        await SkipWhereMissing();
        await InBookAsync(async (page, address, complaints) =>
        {
            await page.GotoAsync(address("Lectern.Lessons.Check.cs"));          // without plots, whose drawing would keep keys waiting
            await page.Keyboard.PressAsync("Tab");
            Assert.Equal("Skip to the text", await Focused(page));
            await page.Keyboard.PressAsync("Enter");
            Assert.Equal("content", await page.EvaluateAsync<string>("() => document.activeElement.id"));

            await page.FocusAsync(".skip");
            await page.Keyboard.PressAsync("Tab");
            Assert.Equal("Dark / light", await Focused(page));
            Assert.NotEqual("none", await page.EvaluateAsync<string>("() => getComputedStyle(document.activeElement).outlineStyle"));
            var before = await page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
            await page.Keyboard.PressAsync("Enter");
            var after = await page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
            Assert.NotEqual(before, after);
            await page.ReloadAsync();
            Assert.Equal(after, await page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor"));

            await page.FocusAsync("#menu summary");
            var open = await page.EvaluateAsync<bool>("() => document.getElementById('menu').open");
            await page.Keyboard.PressAsync("Enter");
            Assert.NotEqual(open, await page.EvaluateAsync<bool>("() => document.getElementById('menu').open"));

            await page.FocusAsync("#search");
            await page.Keyboard.TypeAsync("over-smoothing");
            await page.Locator("#found a").First.WaitForAsync();
            await page.Keyboard.PressAsync("Tab");
            var first = page.Locator("#found li:first-child a:focus");
            await first.WaitForAsync();
            Assert.StartsWith("OverSmoothing.html", await first.GetAttributeAsync("href"));
            await page.Keyboard.PressAsync("Enter");
            await page.GetByRole(AriaRole.Heading, new() { Name = "Over-smoothing", Level = 1 }).WaitForAsync();
            Assert.True(complaints.Count == 0, string.Join("\n", complaints));
        });
    }

    private static Task<string> Focused(IPage page) => page.EvaluateAsync<string>("() => document.activeElement.textContent");

    private static async Task SkipWhereMissing()
    {
        Assert.SkipWhen(Chromium.Find() is null, Chromium.Missing);
        Assert.SkipUnless(await FigurePictures.PrepareAsync(TestContext.Current.CancellationToken), "the browser's driver cannot be had");
    }

    private static async Task InBookAsync(Func<IPage, Func<string, string>, List<string>, Task> test)
    {
        using var folder = new TemporaryFolder();
        Book.Write(Checkout.Notebooks, Path.Combine(Checkout.Root, "src", "Lectern"), folder.Path);
        Environment.SetEnvironmentVariable("PLAYWRIGHT_DRIVER_SEARCH_PATH", Path.GetDirectoryName(Checkout.Binary("Lectern.Pictures")));
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(
            new() { ExecutablePath = Chromium.Find(), Args = ["--disable-gpu", "--disable-dev-shm-usage"] });
        var page = await browser.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        var complaints = new List<string>();
        page.Console += (_, message) => { if (message.Type == "error") { complaints.Add($"{page.Url}: {message.Text}"); } };
        page.PageError += (_, error) => complaints.Add($"{page.Url}: {error}");
        page.RequestFailed += (_, request) => complaints.Add($"{page.Url}: {request.Url}");
        await test(page, name => new Uri(Path.Combine(folder.Path, name + ".html")).AbsoluteUri, complaints);
    }
}
