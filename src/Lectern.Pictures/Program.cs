using System.Globalization;
using Microsoft.Playwright;

// Draws Plotly figures as pictures: FOLDER/0.json, 1.json, … become 0.png, 1.png, … and beside each the same pixels as 0.rgba
// (red, green, blue and opacity of each, row by row from the top), for whoever wants to store them smaller.
if (args is not [var browserPath, var plotly, var folder])
{
    Console.Error.WriteLine("usage: Lectern.Pictures CHROMIUM PLOTLY_SCRIPT FOLDER");
    return 2;
}

const string Draw = """
    async ([text, width, height]) => {
      const figure = JSON.parse(text);
      const asked = figure.layout || {};
      const layout = Object.assign({}, asked, { width: asked.width || width, height: asked.height || height });
      const holder = document.body.appendChild(document.createElement('div'));
      await Plotly.newPlot(holder, figure.data, layout, { staticPlot: true });
      const url = await Plotly.toImage(holder, { format: 'png', width: layout.width, height: layout.height, scale: 1 });
      Plotly.purge(holder);
      holder.remove();
      const image = new Image();
      image.src = url;
      await image.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const context = canvas.getContext('2d', { willReadFrequently: true });
      context.drawImage(image, 0, 0);
      const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
      let bytes = '';
      for (let i = 0; i < pixels.length; i += 32768) {
        bytes += String.fromCharCode.apply(null, pixels.subarray(i, i + 32768));
      }
      return [url.split(',')[1], btoa(bytes)];
    }
    """;

try
{
    using var playwright = await Playwright.CreateAsync();
    await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
    {
        ExecutablePath = browserPath,
        // No part of a picture may depend on the machine's graphics card.
        Args = ["--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb", "--font-render-hinting=none"],
    });
    await using var context = await browser.NewContextAsync(new BrowserNewContextOptions
    {
        Offline = true,
        ColorScheme = ColorScheme.Light,
        DeviceScaleFactor = 1,
        Locale = "en-US",
        TimezoneId = "UTC",
    });
    var page = await context.NewPageAsync();
    await page.SetContentAsync("<!DOCTYPE html><meta charset=\"utf-8\"><body></body>");
    await page.AddScriptTagAsync(new PageAddScriptTagOptions { Content = await File.ReadAllTextAsync(plotly) });
    for (var i = 0; File.Exists(Named(i, "json")); i++)
    {
        object[] figure = [await File.ReadAllTextAsync(Named(i, "json")), 700, 450];
        var drawn = await page.EvaluateAsync<string[]>(Draw, figure);
        await File.WriteAllBytesAsync(Named(i, "rgba"), Convert.FromBase64String(drawn[1]));
        await File.WriteAllBytesAsync(Named(i, "png"), Convert.FromBase64String(drawn[0]));
    }
    return 0;
}
catch (Exception fault) when (fault is PlaywrightException or TimeoutException or IOException)
{
    Console.Error.WriteLine(fault.Message);
    return 1;
}

string Named(int number, string extension) =>
    Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{number}.{extension}"));
