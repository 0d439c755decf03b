using System.CommandLine;
using System.Diagnostics;
using Lectern.Host.Jupyter;
using Lectern.Host.Running;

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
        var editor = new Option<bool>("--vscode") { Description = "Puts the kit's extension into VS Code instead; it needs no Python." };
        var command = new Command("install", "Registers the C# kernel with Jupyter and VS Code.") { force, User(), prefix, editor };
        command.SetAction(async (parsed, stop) =>
        {
            if (parsed.GetValue(editor))
            {
                return await InstallExtensionAsync(stop);
            }
            var spec = KernelSpec.At(parsed.GetValue(prefix));
            spec.Install(parsed.GetValue(force));
            Console.WriteLine($"{KernelSpec.DisplayName} is registered as {KernelSpec.Name} in {spec.Folder}.");
            Console.WriteLine(
                "Jupyter and VS Code's Jupyter extension show it in their menus of kernels; ./lectern lab opens the notebooks.");
            return 0;
        });
        return command;
    }

    private static async Task<int> InstallExtensionAsync(CancellationToken stop)
    {
        await Extension.BuildAsync(stop);
        var editors = Extension.Editors.ToList();
        foreach (var program in editors)
        {
            Console.WriteLine($"{program}:");
            var start = new ProcessStartInfo(program, ["--install-extension", Extension.Package, "--force"]);
            if (await ProjectCommand.StartAsync(start, stop) != 0)
            {
                return 1;
            }
        }
        Console.WriteLine(editors.Count > 0
            ? "Open the kit's folder in VS Code and press run in a lesson; a window that was open is to be reloaded."
            : $"The extension is in {Checkout.Relative(Extension.Package)}. No 'code' is on the PATH: in VS Code choose "
            + "'Extensions: Install from VSIX…' and take that file, or 'Shell Command: Install code command in PATH' and run this again.");
        return 0;
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
