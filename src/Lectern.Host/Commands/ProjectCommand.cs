using System.CommandLine;
using System.Diagnostics;
using Lectern.Host.Running;

namespace Lectern.Host.Commands;

/// <summary><c>./lectern reproduce</c>, <c>results</c> and <c>bench</c>: build a console project of the kit and start it.</summary>
internal static class ProjectCommand
{
    /// <summary>A command that hands all its arguments on.</summary>
    /// <param name="name">The command's name.</param>
    /// <param name="description">What it does.</param>
    /// <param name="folder">The project's folder in the kit.</param>
    /// <param name="project">The project's name.</param>
    /// <param name="first">Arguments of the program before the reader's.</param>
    public static Command Create(string name, string description, string folder, string project, params string[] first)
    {
        var arguments = new Argument<string[]>("ARGUMENTS")
        {
            Description = "Handed on as they are; --help after -- shows what there is.",
            Arity = ArgumentArity.ZeroOrMore,
            CaptureRemainingTokens = true,
        };
        var command = new Command(name, description) { arguments };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (parsed, stop) =>
        {
            string[] rest = [.. parsed.GetValue(arguments) ?? [], .. parsed.UnmatchedTokens];
            var built = await BuildAsync(Path.Combine(Checkout.Root, folder), stop);
            return built != 0 ? built : await StartAsync(LessonProcess.Dotnet([Checkout.Binary(project), .. first, .. rest]), stop);
        });
        return command;
    }

    /// <summary>Builds a project or solution in Release; its output is shown only where it fails.</summary>
    /// <returns>The exit code of the build.</returns>
    public static async Task<int> BuildAsync(string target, CancellationToken stop)
    {
        using var alone = await AloneAsync(stop);
        Console.Error.WriteLine($"Building {Checkout.Relative(target)}.");
        var start = LessonProcess.Dotnet(["build", target, "-c", "Release", "-nodeReuse:false", "-nologo", "-v", "quiet"]);
        // Set where this process was itself started by an SDK, whose MSBuild need not be the one that builds.
        start.Environment.Remove("MSBuildSDKsPath");
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var build = Process.Start(start)!;
        var output = build.StandardOutput.ReadToEndAsync(stop);
        var errors = build.StandardError.ReadToEndAsync(stop);
        var code = await EndAsync(build, stop);
        if (code != 0)
        {
            Console.Error.WriteLine(await output + await errors);
        }
        return code;
    }

    /// <summary>The right to build: two builds of one project at once, such as two parts of a sweep, spoil each other's files.</summary>
    private static async Task<FileStream> AloneAsync(CancellationToken stop)
    {
        string file = Path.Combine(Directory.CreateDirectory(Path.Combine(Checkout.Root, "artifacts")).FullName, "build.lock");
        for (bool told = false; ; told = true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException fault)
            {
                if (!told) Console.Error.WriteLine($"Waits until another build ends ({fault.Message})");
                await Task.Delay(200, stop);
            }
        }
    }

    /// <summary>Starts a program with this one's console and waits for it.</summary>
    public static async Task<int> StartAsync(ProcessStartInfo start, CancellationToken stop)
    {
        using var process = Process.Start(start)!;
        return await EndAsync(process, stop);
    }

    private static async Task<int> EndAsync(Process process, CancellationToken stop)
    {
        try
        {
            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return process.ExitCode;
    }
}
