using System.Globalization;
using System.Runtime.InteropServices;

namespace Lectern.Host.Jupyter;

/// <summary>Ends the kernel when the Jupyter that started it is gone: nobody else would.</summary>
internal static partial class ParentWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Starts watching, where the one that started the kernel says who it is.</summary>
    /// <param name="gone">What to do.</param>
    /// <returns>The watch, until it is disposed; null on Windows, and where there is no parent to watch.</returns>
    public static Timer? Start(Action gone)
    {
        // Jupyter's own kernels read the same variable; on Windows it holds a handle and no number of a process.
        var named = Environment.GetEnvironmentVariable("JPY_PARENT_PID");
        if (OperatingSystem.IsWindows() || !int.TryParse(named, CultureInfo.InvariantCulture, out var parent)
            || Parent() != parent)
        {
            return null;
        }
        return new Timer(
            _ =>
            {
                if (Parent() != parent)
                {
                    gone();
                }
            },
            null,
            Interval,
            Interval);
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int Parent();
}
