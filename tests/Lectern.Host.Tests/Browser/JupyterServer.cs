using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Lectern.Host.Jupyter;
using Lectern.Host.Running;
using Lectern.Host.Tests.Setup;

namespace Lectern.Host.Tests.Browser;

/// <summary>A Jupyter Notebook server of the test's own: its settings, its kernels and its notebooks in a folder that goes with it.</summary>
internal sealed class JupyterServer : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly StringBuilder log = new();
    private readonly string token = Guid.NewGuid().ToString("N");
    private readonly int port = FreePort();
    private Process? process;

    private JupyterServer()
    {
    }

    /// <summary>Why there can be no server here; null where there can.</summary>
    public static async Task<string?> MissingAsync()
    {
        if (Checkout.FindProgram("jupyter-notebook") is not { } program)
        {
            return "there is no jupyter-notebook on the PATH (Debian and Ubuntu: apt-get install jupyter-notebook)";
        }
        using var asked = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var version = (await asked.StandardOutput.ReadToEndAsync()).Trim();
        await asked.WaitForExitAsync();
        return version.StartsWith("6.", StringComparison.Ordinal) ? null : $"jupyter-notebook is {version}; these tests know the pages of 6.x";
    }

    /// <summary>The address that everything in the pages has to come from.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/");

    /// <summary>Starts a server that knows the C# kernel of this build, and waits until it answers.</summary>
    public static async Task<JupyterServer> StartAsync()
    {
        var server = new JupyterServer();
        new KernelSpec(server.Folder("data", "kernels", KernelSpec.Name)).Install(force: false);
        var start = new ProcessStartInfo(Checkout.FindProgram("jupyter-notebook")!,
        [
            "--no-browser", "--allow-root", "--ip=127.0.0.1", $"--port={server.port}", "--NotebookApp.port_retries=0",
            $"--NotebookApp.token={server.token}", $"--notebook-dir={server.Folder("notebooks")}",
        ])
        { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var (name, place) in new[] { ("DATA", "data"), ("CONFIG", "config"), ("RUNTIME", "runtime") })
        {
            start.Environment[$"JUPYTER_{name}_DIR"] = server.Folder(place);
        }
        server.process = new Process { StartInfo = start };
        server.process.OutputDataReceived += (_, line) => server.Log(line.Data);
        server.process.ErrorDataReceived += (_, line) => server.Log(line.Data);
        server.process.Start();
        server.process.StandardInput.Close();
        server.process.BeginErrorReadLine();
        server.process.BeginOutputReadLine();
        try
        {
            await server.WaitAsync();
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
        return server;
    }

    /// <summary>Puts a notebook where the server shows it.</summary>
    /// <returns>The address of its page.</returns>
    public string Add(string name, string json)
    {
        File.WriteAllText(Path.Combine(Folder("notebooks"), name), json);
        return $"{Address}notebooks/{name}?token={token}";
    }

    /// <summary>What the server has said.</summary>
    public override string ToString()
    {
        lock (log)
        {
            return log.ToString();
        }
    }

    /// <summary>Ends the server and its kernels.</summary>
    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
        process?.Dispose();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                folder.Dispose();
                return;
            }
            catch (IOException) when (attempt < 20)
            {
                await Task.Delay(200);      // the last of the kernels is on its way out
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string Folder(params string[] parts)
    {
        var path = Path.Combine([folder.Path, .. parts]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (parts[^1] != KernelSpec.Name)
        {
            Directory.CreateDirectory(path);
        }
        return path;
    }

    private void Log(string? line)
    {
        lock (log)
        {
            log.AppendLine(line);
        }
    }

    private async Task WaitAsync()
    {
        using var client = new HttpClient();
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(90) && !process!.HasExited)
        {
            try
            {
                if ((await client.GetAsync($"{Address}api/status?token={token}")).IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }
            await Task.Delay(250);
        }
        throw new InvalidOperationException($"Jupyter did not start:\n{this}");
    }
}
