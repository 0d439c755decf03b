using System.Diagnostics;
using System.Globalization;

namespace Lectern.Bench;

/// <summary>
/// The same work in Python's PyTorch: the scripts under peers/, which print a line "NAME SECONDS" a measurement. Where there
/// is no Python with torch, all is absent.
/// </summary>
internal static class Peer
{
    private static readonly Lazy<(string? Python, string Description)> Found = new(Find);

    /// <summary>Which Python is the peer, or why there is none.</summary>
    internal static string Description => Found.Value.Description;

    /// <summary>Runs a peer script; null where there is no peer.</summary>
    internal static IReadOnlyDictionary<string, double>? Run(string script, params string[] arguments)
    {
        if (Found.Value.Python is not { } python) return null;
        string file = Path.Combine(AppContext.BaseDirectory, "peers", script);
        string? output = Execute(python, [file, get_num_threads().ToString(CultureInfo.InvariantCulture), .. arguments]);
        if (output is null) return null;
        var times = new Dictionary<string, double>();
        foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int blank = line.LastIndexOf(' ');
            times[line[..blank]] = double.Parse(line[(blank + 1)..], CultureInfo.InvariantCulture);
        }
        return times;
    }

    /// <summary>The time of one measurement, or null where it is absent.</summary>
    internal static double? Of(this IReadOnlyDictionary<string, double>? times, string name) =>
        times is not null && times.TryGetValue(name, out double seconds) ? seconds : null;

    private static (string?, string) Find()
    {
        foreach (string python in (string[])["/usr/bin/python3", "python3"])
            if (Execute(python, ["-c", "import torch; print(torch.__version__)"]) is { } version)
                return (python, $"the peer is Python's PyTorch {version.Trim()} with as many threads");
        return (null, "no Python with PyTorch here (Debian: apt install python3-torch), so the peers are absent");
    }

    private static string? Execute(string program, IEnumerable<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
