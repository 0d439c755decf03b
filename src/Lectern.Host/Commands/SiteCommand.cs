using System.CommandLine;
using Lectern.Host.Running;
using Lectern.Host.Site;

namespace Lectern.Host.Commands;

/// <summary><c>./lectern site</c>: all lessons, as they are stored, as a book of pages.</summary>
internal static class SiteCommand
{
    /// <summary>The command, for the host's root command.</summary>
    public static Command Create()
    {
        var folder = new Option<string>("--out")
        {
            Description = "The folder of the pages.",
            DefaultValueFactory = _ => Path.Combine(Checkout.Root, "artifacts", "site"),
        };
        var command = new Command("site", "Makes a book of all lessons as stored: pages with menu and search that need no network.") { folder };
        command.SetAction(parsed =>
        {
            var target = parsed.GetValue(folder)!;
            var lessons = Book.Write(Checkout.Notebooks, Path.Combine(Checkout.Root, "src", "Lectern"), target);
            Console.WriteLine($"{lessons} lessons; open {Path.Combine(Path.GetFullPath(target), "index.html")} in a browser.");
        });
        return command;
    }
}
