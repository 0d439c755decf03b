namespace Lectern.Bench;

/// <summary>
/// What a reader of a notebook waits for: the kernel's start, a small cell, much output, the thousandth cell. Measured
/// through Jupyter's own client, beside Python's kernel.
/// </summary>
internal static class KernelBench
{
    // Sessions of many cells: after how many of each kind the memory is looked at.
    private static readonly Dictionary<string, int[]> Kinds = new()
    {
        ["computing"] = [100, 300, 1000, 3000],
        ["declaring again"] = [100, 300, 1000],
        ["declaring"] = [100, 300, 1000],
    };

    // The targets that the house has set itself, in seconds.
    private static readonly (string Work, double? Target)[] Works =
    [
        ("start to first result", 2), ("1+1, warm", 0.02), ("10 MB of output", null), ("50,000 lines", null), ("an answer meanwhile", null),
        .. from kind in Kinds.Keys from part in (string[])["first", "last"] select ($"{kind}, a cell of the {part} hundred", (double?)null),
    ];

    internal static void Run(Report report)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"lectern-kernel-{Environment.ProcessId}");
        Environment.SetEnvironmentVariable("JUPYTER_PATH", Path.Combine(folder, "share", "jupyter"));
        try
        {
            if (!Peer.Start("dotnet", [Host(), "install", "--prefix", folder], out string said))
            {
                report.Notes.Add($"The kernel could not be installed in {folder}: {said}");
                return;
            }
            var ours = Peer.RunWith("jupyter_client", "kernel.py", ".net-csharp");
            if (ours is null)
            {
                report.Notes.Add("the kernel is not measured: that needs Jupyter's client (Debian: apt install jupyter-client python3-ipykernel)");
                return;
            }
            var python = Peer.RunWith("ipykernel", "kernel.py", "python3");
            foreach (var (work, target) in Works)
                report.Add(work, ours[work], [("Python's kernel", python.Of(work))], target is { } t ? FormattableString.Invariant($"(target {t} s)") : "");
            foreach (string work in from kind in Kinds
                                    from cells in kind.Value
                                    select $"{kind.Key}, resident after {cells} cells")
            {
                report.Notes.Add(FormattableString.Invariant($"{work}: {ours[work]:0} MB")
                    + (python.Of(work) is { } peer ? FormattableString.Invariant($"; Python's kernel {peer:0} MB") : ""));
            }
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The host of this checkout: the folder above that has the script beside it.</summary>
    private static string Host()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "global.json")))
            root = root.Parent ?? throw new InvalidOperationException("The bench runs from a checkout of Lectern: ./lectern bench kernel");
        return Path.Combine(root.FullName, "artifacts", "bin", "Lectern.Host", "release", "Lectern.Host.dll");
    }
}
