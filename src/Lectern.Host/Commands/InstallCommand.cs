using System.CommandLine;
using Lectern.Host.Jupyter;

namespace Lectern.Host.Commands;

/// <summary><c>./lectern install</c> and <c>./lectern uninstall</c>: the kernel in Jupyter's and VS Code's menus.</summary>
internal static class InstallCommand
{
    /// <summary>The command that registers, for the host's root command.</summary>
    public static Command Create()
    {
        var prefix = Prefix();
        var force = new Option<bool>("--force")
        {
            Description = $"Also in the place of another kernel named {KernelSpec.Name}.",
        };
        var command = new Command("install", "Registers the C# kernel with Jupyter and VS Code.") { force, User(), prefix };
        command.SetAction(parsed =>
        {
            var spec = KernelSpec.At(parsed.GetValue(prefix));
            spec.Install(parsed.GetValue(force));
            Console.WriteLine($"{KernelSpec.DisplayName} is registered as {KernelSpec.Name} in {spec.Folder}.");
            Console.WriteLine(
                "Jupyter and VS Code's Jupyter extension show it in their menus of kernels; ./lectern lab opens the notebooks.");
            return 0;
        });
        return command;
    }

    /// <summary>The command that takes out again.</summary>
    public static Command CreateUninstall()
    {
        var prefix = Prefix();
        var command = new Command("uninstall", "Takes the C# kernel out of Jupyter and VS Code.") { User(), prefix };
        command.SetAction(parsed =>
        {
            var spec = KernelSpec.At(parsed.GetValue(prefix));
            Console.WriteLine(spec.Uninstall() ? $"{spec.Folder} is gone." : $"Nothing is registered in {spec.Folder}.");
            return 0;
        });
        return command;
    }

    private static Option<string?> Prefix() => new("--prefix")
    {
        Description = "For an installation of Python, such as a virtual environment's folder, and not for this user.",
    };

    // Jupyter's own commands have the option; here it is what happens without it.
    private static Option<bool> User() => new("--user") { Description = "For this user; so it is without an option." };
}
