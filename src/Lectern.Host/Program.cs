using System.CommandLine;
using Lectern.Host;
using Lectern.Host.Commands;
using Lectern.Host.Setup;

var root = new RootCommand("Lectern: graph machine learning and instance segmentation in C#, paper by paper.")
{
    RunCommand.Create(),
    TestCommand.Create(),
    PublishCommand.Create(),
    SiteCommand.Create(),
    ProjectCommand.Create(
        "reproduce",
        "Runs a lesson's full-scale experiments and records them: reproduce NAME [--only EXPERIMENT] [--shard I/N] [--device cuda].",
        "tests/reproduction",
        "Lectern.Reproduction"),
    ProjectCommand.Create(
        "results",
        "What is done of a sweep and what is missing; merges: results [NAME] [--shards N] [--from FOLDER…].",
        "tests/reproduction",
        "Lectern.Reproduction",
        "results"),
    DistributeCommand.Create(),
    ProjectCommand.Create("bench", "Measures speed on this machine, beside its peers.", "tests/bench", "Lectern.Bench"),
    NewCommand.Create(),
    ExercisesCommand.Create(),
    SegmentCommand.Create(),
    DataCommand.Create(),
    LabCommand.Create(),
    InstallCommand.Create(),
    InstallCommand.CreateUninstall(),
    DoctorCommand.Create(),
    ExecuteCommand.Create(),
    ExercisesCommand.CreateAnswer(),
    KernelCommand.Create(),
    StreamCommand.Create(),
};
root.HelpName = "./lectern";
var help = new Command("help", "Shows this.");
help.SetAction(_ => root.Parse("--help").Invoke());
root.Add(help);

try
{
    var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception fault) when (fault is ArgumentException or InvalidOperationException or IOException or FormatException)
{
    Console.Error.WriteLine(fault.Message);
    return 1;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Stopped.");
    return 130;
}
