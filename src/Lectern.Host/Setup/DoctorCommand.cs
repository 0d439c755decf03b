using System.CommandLine;
using Lectern.Data;
using Spectre.Console;

namespace Lectern.Host.Setup;

/// <summary><c>./lectern doctor</c>: says how the machine stands, a line a thing, with its remedy.</summary>
public static class DoctorCommand
{
    /// <summary>The command, for the host's root command.</summary>
    public static Command Create()
    {
        var command = new Command("doctor", "Says how this machine stands, and what to do about it.");
        command.SetAction(_ =>
        {
            var findings = Doctor.Examine(MachineProbe.Read(FindRoot(), DataPlaces.FromEnvironment()));
            Print(findings, AnsiConsole.Console);
            return Doctor.ExitCode(findings);
        });
        return command;
    }

    /// <summary>Writes the findings: verdict, subject, what was found, the remedy below.</summary>
    internal static void Print(IReadOnlyList<Finding> findings, IAnsiConsole console)
    {
        GridColumn Narrow() => new GridColumn().NoWrap();
        var grid = new Grid().AddColumn(Narrow()).AddColumn(Narrow()).AddColumn();
        foreach (var finding in findings)
        {
            var verdict = finding.Verdict switch
            {
                Verdict.Ok => "[green]ok[/]",
                Verdict.Warn => "[yellow]warn[/]",
                _ => "[red]fail[/]",
            };
            var remedy = finding.Remedy is { } text ? $"\n[grey]→ {Markup.Escape(text)}[/]" : "";
            grid.AddRow(verdict, Markup.Escape(finding.Subject), Markup.Escape(finding.Says) + remedy);
        }
        console.Write(grid);
        console.WriteLine();
        console.MarkupLine(Doctor.Summary(findings));
    }

    /// <summary>
    /// The checkout: what the script names, else the folder above the host with the solution.
    /// </summary>
    private static string? FindRoot()
    {
        if (Environment.GetEnvironmentVariable("LECTERN_ROOT") is { Length: > 0 } named)
        {
            return named;
        }
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        for (; folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Lectern.slnx")))
            {
                return folder.FullName;
            }
        }
        return null;
    }
}
