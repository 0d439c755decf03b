using System.CommandLine;
using Spectre.Console;

namespace Lectern.Host.Setup;

/// <summary><c>./lectern doctor</c>: says how the machine stands, a line a thing, with the remedy where something lacks.</summary>
public static class DoctorCommand
{
    /// <summary>The command, for the host's root command.</summary>
    public static Command Create()
    {
        var command = new Command("doctor", "Says how this machine stands, line by line, and what to do about it.");
        command.SetAction(_ =>
        {
            var findings = Doctor.Examine(MachineProbe.Read(FindRoot(), FindCache()));
            Print(findings, AnsiConsole.Console);
            return Doctor.ExitCode(findings);
        });
        return command;
    }

    /// <summary>Writes the findings: verdict, subject, what was found; a remedy below, where there is one.</summary>
    internal static void Print(IReadOnlyList<Finding> findings, IAnsiConsole console)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var finding in findings)
        {
            var color = finding.Verdict switch { Verdict.Ok => "green", Verdict.Warn => "yellow", _ => "red" };
            var says = Markup.Escape(finding.Says) + (finding.Remedy is { } remedy ? $"\n[grey]→ {Markup.Escape(remedy)}[/]" : "");
            grid.AddRow($"[{color}]{finding.Verdict.ToString().ToLowerInvariant()}[/]", Markup.Escape(finding.Subject), says);
        }
        console.Write(grid);
        console.WriteLine();
        console.MarkupLine(Doctor.Summary(findings));
    }

    /// <summary>The checkout: what the script names, else the folder above the host that holds the solution.</summary>
    private static string? FindRoot()
    {
        if (Environment.GetEnvironmentVariable("LECTERN_ROOT") is { Length: > 0 } named)
        {
            return named;
        }
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Lectern.slnx")))
            {
                return folder.FullName;
            }
        }
        return null;
    }

    private static string FindCache() => Environment.GetEnvironmentVariable("LECTERN_CACHE") is { Length: > 0 } named
        ? named
        : Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } folder
            ? folder : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "lectern");
}
