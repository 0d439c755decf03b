using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using FSharp.Compiler.Diagnostics;
using Microsoft.CodeAnalysis;

namespace Lectern.Host.Engine;

/// <summary>Turns what went wrong in a cell into words: the cell, the line, the line's text, and what to do.</summary>
internal static partial class ErrorReport
{
    private const string Prefix = "Cell ";

    /// <summary>The file name under which a cell is compiled; stack traces carry it.</summary>
    public static string FileOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number}");

    /// <summary>A cell that ran into its time limit.</summary>
    public static CellError OfLimit(int number, TimeSpan limit)
    {
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"{FileOf(number)} was stopped after {limit.TotalSeconds:0.#} s, its time limit. Use --cell-seconds to give it longer (0: no limit).");
        return new CellError(CellError.TimeLimit, message, [message]);
    }

    /// <summary>A cell that goes on although it was told to stop.</summary>
    /// <param name="number">The cell's.</param>
    /// <param name="name">Why it was told to: <see cref="CellError.TimeLimit"/> or <see cref="CellError.Interrupted"/>.</param>
    /// <param name="elapsed">How long it has run.</param>
    public static CellError OfLost(int number, string name, TimeSpan elapsed)
    {
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"{FileOf(number)} was told to stop and still goes on after {elapsed.TotalSeconds:0.0} s. Restart the kernel to stop it; " +
            $"its variables are lost. (A loop in native code or in F# stops only where it writes, waits or asks Interrupt.Token.)");
        return new CellError(name, message, [message]);
    }

    /// <summary>A cell that the reader stopped.</summary>
    public static CellError OfInterrupt(int number, TimeSpan elapsed)
    {
        var message = string.Create(
            CultureInfo.InvariantCulture, $"{FileOf(number)} was interrupted after {elapsed.TotalSeconds:0.0} s.");
        return new CellError(CellError.Interrupted, message, [message]);
    }

    /// <summary>A cell that does not compile.</summary>
    /// <param name="faults">The compiler's errors, at least one.</param>
    /// <param name="file">The cell's file name, for errors without a place.</param>
    /// <param name="sources">The code of each cell so far, by file name.</param>
    public static CellError Of(IReadOnlyList<Diagnostic> faults, string file, IReadOnlyDictionary<string, string> sources)
    {
        return OfCompiler(sources, [.. faults.Select(fault =>
        {
            var place = fault.Location.GetLineSpan();
            return new Fault(
                fault.Id, fault.GetMessage(CultureInfo.InvariantCulture),
                fault.Location.IsInSource ? place.Path : file, fault.Location.IsInSource ? place.StartLinePosition.Line + 1 : 0,
                place.StartLinePosition.Character,
                place.EndLinePosition.Line == place.StartLinePosition.Line ? place.EndLinePosition.Character : 0);
        })]);
    }

    /// <summary>An F# cell that does not compile.</summary>
    /// <param name="faults">The compiler's errors, at least one.</param>
    /// <param name="sources">The code of each cell so far, by file name.</param>
    public static CellError Of(IReadOnlyList<FSharpDiagnostic> faults, IReadOnlyDictionary<string, string> sources) =>
        OfCompiler(sources, [.. faults.Select(fault => new Fault(
            fault.ErrorNumberText, fault.Message, Path.GetFileName(fault.FileName), fault.StartLine, fault.StartColumn,
            fault.EndLine == fault.StartLine ? fault.EndColumn : 0))]);

    private static CellError OfCompiler(IReadOnlyDictionary<string, string> sources, IReadOnlyList<Fault> faults)
    {
        var traceback = new List<string>();
        foreach (var fault in faults.Take(10))
        {
            var where = fault.Line > 0 ? $"{fault.File}, line {fault.Line}" : fault.File;
            traceback.Add($"{where}: error {fault.Id}: {fault.Message}");
            if (fault.Line > 0 && LineOf(sources, fault.File, fault.Line) is { } line)
            {
                traceback.Add($"    {line.Replace('\t', ' ')}");
                traceback.Add($"    {new string(' ', fault.Start)}{new string('^', Math.Max(1, fault.End - fault.Start))}");
                if (fault.Id == "CS1002" && line.TrimStart().StartsWith("using var ", StringComparison.Ordinal))
                {
                    traceback.Add("    C# scripts know no 'using var' outside of methods: write using (var x = …) { … }.");
                }
            }
        }
        if (faults.Count > 10)
        {
            traceback.Add($"and {faults.Count - 10} more errors");
        }
        return new CellError(faults[0].Id, traceback[0], traceback);
    }

    /// <summary>A cell that threw.</summary>
    /// <param name="fault">The exception.</param>
    /// <param name="sources">The code of each cell so far, by file name.</param>
    public static CellError Of(Exception fault, IReadOnlyDictionary<string, string> sources)
    {
        if (fault is CellFailure failure)
        {
            return failure.Error;
        }
        while (fault is AggregateException or System.Reflection.TargetInvocationException or TypeInitializationException
            && fault.InnerException is not null)
        {
            fault = fault.InnerException;
        }

        var traceback = new List<string>();
        var places = PlacesOf(fault, sources);
        for (var i = 0; i < places.Count; i++)
        {
            var (file, line) = places[i];
            traceback.Add($"{(i == 0 ? "" : "called from ")}{file}, line {line}:");
            if (LineOf(sources, file, line) is { } text)
            {
                traceback.Add($"    {text.Trim()}");
            }
        }
        for (var inner = fault; inner is not null; inner = inner.InnerException)
        {
            traceback.Add($"{(inner == fault ? "" : "because of ")}{inner.GetType().FullName}: {inner.Message}");
        }
        traceback.AddRange(CallsOf(fault));
        return new CellError(fault.GetType().Name, fault.Message, traceback);
    }

    // The lines of cells through which the exception passed, the innermost first.
    private static List<(string File, int Line)> PlacesOf(
        Exception fault, IReadOnlyDictionary<string, string> sources)
    {
        var places = new List<(string, int)>();
        foreach (var frame in new StackTrace(fault, fNeedFileInfo: true).GetFrames())
        {
            var file = frame.GetFileName();
            if (file is not null && sources.ContainsKey(Path.GetFileName(file)))
            {
                var place = (Path.GetFileName(file), frame.GetFileLineNumber());
                if (place.Item2 > 0 && !places.Contains(place))
                {
                    places.Add(place);
                }
            }
        }
        return places;
    }

    // The calls inside libraries, without the machine's paths and without the script runner's own frames.
    private static IEnumerable<string> CallsOf(Exception fault) =>
        (fault.StackTrace ?? "").Split('\n')
            .Select(line => line.TrimEnd())
            .TakeWhile(line => !line.Contains(" Lectern.Host.Languages.", StringComparison.Ordinal)
                && !line.Contains("FSharp.Compiler.Interactive", StringComparison.Ordinal))
            .Where(line => !line.Contains("End of stack trace", StringComparison.Ordinal))
            .Select(line => Folder().Replace(line, " in "))
            .Take(30);

    private static string? LineOf(IReadOnlyDictionary<string, string> sources, string file, int line)
    {
        if (!sources.TryGetValue(file, out var source))
        {
            return null;
        }
        var lines = source.Split('\n');
        return line <= lines.Length ? lines[line - 1].TrimEnd('\r') : null;
    }

    // One error of a compiler; the line counts from 1 (0: without a place), columns from 0, an end of 0 is on another line.
    private sealed record Fault(string Id, string Message, string File, int Line, int Start, int End);

    [GeneratedRegex(@" in (?:[A-Za-z]:)?[^:]*[/\\]")]
    private static partial Regex Folder();
}
