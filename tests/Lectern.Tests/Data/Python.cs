using System.Diagnostics;

namespace Lectern.Tests.Data;

/// <summary>Python with PyTorch, where the machine has it: the other side of the files that are exchanged.</summary>
internal static class Python
{
    private const string Program = "/usr/bin/python3";
    private const int NoTorch = 77;

    /// <summary>What a script prints; skips the test where there is no Python with PyTorch.</summary>
    public static string Run(string script, params string[] arguments)
    {
        Assert.SkipUnless(File.Exists(Program), "There is no /usr/bin/python3 to exchange files with.");
        var (code, output, errors) = Start($"try:\n    import torch\nexcept ImportError:\n    exit({NoTorch})\n{script}", arguments);
        Assert.SkipWhen(code == NoTorch, "Python has no PyTorch to exchange files with.");
        Assert.True(code == 0, errors);
        return output.Trim();
    }

    private static (int Code, string Output, string Errors) Start(string script, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Program, ["-W", "ignore", "-c", script, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
