using System.Diagnostics;

namespace Lectern.Tests.Data;

/// <summary>Python with PyTorch or another library, where the machine has it: the other side of a comparison.</summary>
internal static class Python
{
    private const string Program = "/usr/bin/python3";
    private const int NoModule = 77;

    /// <summary>What a script prints; skips the test where there is no Python with PyTorch.</summary>
    public static string Run(string script, params string[] arguments) => RunWith("torch", script, arguments);

    /// <summary>What a script prints; skips the test where there is no Python with a module.</summary>
    public static string RunWith(string module, string script, params string[] arguments)
    {
        Assert.SkipUnless(File.Exists(Program), "There is no /usr/bin/python3 to compare with.");
        var (code, output, errors) = Start($"try:\n    import {module}\nexcept ImportError:\n    exit({NoModule})\n{script}", arguments);
        Assert.SkipWhen(code == NoModule, $"Python has no {module} to compare with.");
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
