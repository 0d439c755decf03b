namespace Lectern.Bench;

/// <summary>
/// What a reader of a notebook waits for: the kernel's start, a small cell, much output, the thousandth cell. Measured
/// through Jupyter's own client, beside Python's kernel.
/// </summary>
internal static class KernelBench
{
    // The targets that the house has set itself, in seconds.
    private static readonly (string Work, double? Target)[] Works =
    [
        ("start to first result", 2), ("1+1, warm", 0.02), ("10 MB of output", null), ("50,000 lines", null), ("an answer meanwhile", null),
        ("a computing cell of the first hundred", null), ("a computing cell of the last hundred", null),
        ("a declaring cell of the first hundred", null), ("a declaring cell of the last hundred", null),
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
            foreach (string work in from kind in (string[])["computing", "declaring"]
                                    from cells in (int[])[100, 500, 1000]
                                    select $"resident after {cells} {kind} cells")
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
