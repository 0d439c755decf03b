using System.CommandLine;
using System.Diagnostics;
using Lectern.Host.Jupyter;
using Lectern.Host.Running;

namespace Lectern.Host.Commands;

/// <summary><c>./lectern lab</c>: opens the notebooks in the Jupyter that is there.</summary>
internal static class LabCommand
{
    private const string Package = "jupyter-notebook", Trust = "jupyter-nbformat";

    /// <summary>The command, for the host's root command.</summary>
    public static Command Create()
    {
        var notebook = new Argument<string?>("NOTEBOOK")
        {
            Description = "A lesson by name, or a file or folder; without one, the course.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var install = new Option<bool>("--install")
        {
            Description = $"Installs Debian's {Package} and {Trust} where there is no Jupyter, without asking.",
        };
        var silent = new Option<bool>("--no-browser") { Description = "Opens no browser; the address is on the console." };
        var command = new Command("lab", "Opens the notebooks in Jupyter, with the C# kernel registered.")
        {
            notebook, install, silent,
        };
        command.SetAction((parsed, stop) => OpenAsync(
            parsed.GetValue(notebook), parsed.GetValue(install), parsed.GetValue(silent), stop));
        return command;
    }

    private static async Task<int> OpenAsync(string? notebook, bool install, bool silent, CancellationToken stop)
    {
        var target = Target(notebook);
        var program = FindJupyter();
        if (program is null && await InstallJupyterAsync(install, stop))
        {
            program = FindJupyter();
        }
        if (program is null)
        {
            Console.Error.WriteLine(
                "There is no Jupyter here: neither jupyter-lab nor jupyter-notebook is on the PATH. " +
                $"Debian, Ubuntu: ./lectern lab --install, or sudo apt-get install {Package}. " +
                "Elsewhere: pip install jupyterlab. " +
                "VS Code does without: ./lectern install, then open a notebook with its Jupyter extension.");
            return 1;
        }
        var spec = KernelSpec.At(null);
        spec.Install(force: false);
        Console.Error.WriteLine($"{KernelSpec.DisplayName} is registered in {spec.Folder}; starting {program}.");
        await TrustAsync(Trusted(target), stop);
        var start = new ProcessStartInfo(program, Arguments(program, await MajorAsync(program, stop), silent, target))
        {
            WorkingDirectory = Checkout.Root,
        };
        return await ProjectCommand.StartAsync(start, stop);
    }

    /// <summary>What Jupyter is told beside the file to open.</summary>
    /// <param name="program">Jupyter's program.</param>
    /// <param name="major">Its version.</param>
    /// <param name="silent">Whether to open no browser.</param>
    /// <param name="target">What to open.</param>
    internal static IEnumerable<string> Arguments(string program, int major, bool silent, string target)
    {
        // The classic notebook was a server of its own before it became a page of Jupyter's server.
        var classic = Path.GetFileNameWithoutExtension(program) == "jupyter-notebook" && major < 7;
        var server = classic ? "NotebookApp" : "ServerApp";
        // A server drops what a cell prints too quickly for its taste; this kernel gathers its lines itself.
        yield return $"--{server}.iopub_data_rate_limit=1e9";
        yield return $"--{server}.iopub_msg_rate_limit=1e5";
        // From a lesson the reader gets to the others.
        yield return $"--{server}.{(classic ? "notebook_dir" : "root_dir")}={Above(target)}";
        if (silent)
        {
            yield return "--no-browser";
        }
        if (Environment.UserName == "root")
        {
            // In a container there is often no other user, and Jupyter would not start.
            yield return "--allow-root";
        }
        yield return target;
    }

    /// <summary>
    /// The notebooks that Jupyter is told to trust, as it shows stored tables and checks of others as plain text: the
    /// course's, whose code this command itself is; none of the reader's own.
    /// </summary>
    /// <param name="target">What to open.</param>
    internal static IEnumerable<string> Trusted(string target) => Above(target) == Checkout.Notebooks
        ? Directory.EnumerateFiles(Checkout.Notebooks, "*.ipynb", SearchOption.AllDirectories)
        : [];

    private static async Task TrustAsync(IEnumerable<string> notebooks, CancellationToken stop)
    {
        string[] trusted = [.. notebooks];
        if (trusted.Length == 0 || Checkout.FindProgram("jupyter-trust") is not { } program)
        {
            return;
        }
        using var signing = Process.Start(new ProcessStartInfo(program, trusted) { RedirectStandardOutput = true })!;
        await signing.StandardOutput.ReadToEndAsync(stop);                  // a line for each: nobody asked
        await signing.WaitForExitAsync(stop);
    }

    private static string Above(string target) =>
        Path.GetRelativePath(Checkout.Notebooks, target) is var path
            && !path.StartsWith("..", StringComparison.Ordinal) && !Path.IsPathRooted(path)
            ? Checkout.Notebooks
            : Directory.Exists(target) ? target : Path.GetDirectoryName(target)!;

    private static string Target(string? notebook)
    {
        if (notebook is null)
        {
            var index = Path.Combine(Checkout.Notebooks, "index.ipynb");
            return File.Exists(index) ? index : Checkout.Notebooks;
        }
        var path = Path.GetFullPath(notebook);
        return Path.Exists(path) ? path : new Course(Checkout.Notebooks).Named([notebook]).Single().Path;
    }

    private static string? FindJupyter() => Checkout.FindProgram("jupyter-lab", "jupyter-notebook");

    private static async Task<int> MajorAsync(string program, CancellationToken stop)
    {
        using var asked = Process.Start(new ProcessStartInfo(program, ["--version"]) { RedirectStandardOutput = true })!;
        var version = await asked.StandardOutput.ReadToEndAsync(stop);
        await asked.WaitForExitAsync(stop);
        return int.TryParse(version.Split('.')[0], out var major) ? major : 0;
    }

    private static async Task<bool> InstallJupyterAsync(bool agreed, CancellationToken stop)
    {
        if (Checkout.FindProgram("apt-get") is not { } apt)
        {
            return false;
        }
        if (!agreed)
        {
            if (Console.IsInputRedirected)
            {
                return false;
            }
            Console.Write($"There is no Jupyter here. Install Debian's {Package} with apt-get? [y/N] ");
            agreed = Console.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
        }
        if (!agreed)
        {
            return false;
        }
        string[] sudo = Environment.UserName == "root" ? [] : ["sudo"];
        string[] command = [.. sudo, apt, "install", "--yes", "--no-install-recommends", Package, Trust];
        Console.Error.WriteLine(string.Join(' ', command));
        return await ProjectCommand.StartAsync(new ProcessStartInfo(command[0], command[1..]), stop) == 0;
    }
}
