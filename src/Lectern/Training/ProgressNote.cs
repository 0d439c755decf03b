using System.Runtime.CompilerServices;

namespace Lectern.Training;

/// <summary>
/// A note that is only written when it will be shown: in <c>progress.Step($"loss
/// {loss.item&lt;float&gt;():0.00}")</c> the
/// loss is neither read nor formatted at the steps in between.
/// </summary>
[InterpolatedStringHandler]
public ref struct ProgressNote
{
    private DefaultInterpolatedStringHandler text;

    /// <summary>Called by the compiler before the pieces are written.</summary>
    /// <param name="literalLength">Characters outside the braces.</param>
    /// <param name="formattedCount">Number of braces.</param>
    /// <param name="progress">The task that the note is for.</param>
    /// <param name="due">Whether the note will be shown, and so whether the pieces are evaluated.</param>
    public ProgressNote(int literalLength, int formattedCount, Progress progress, out bool due)
    {
        ArgumentNullException.ThrowIfNull(progress);
        IsDue = due = progress.IsDue || progress.IsNextLast;
        if (due)
        {
            var invariant = System.Globalization.CultureInfo.InvariantCulture;
            text = new DefaultInterpolatedStringHandler(literalLength, formattedCount, invariant);
        }
    }

    internal bool IsDue { get; }

    /// <summary>Writes the text between braces.</summary>
    /// <param name="value">The text.</param>
    public void AppendLiteral(string value) => text.AppendLiteral(value);

    /// <summary>Writes a value.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="value">The value.</param>
    public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

    /// <summary>Writes a value in a format.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="format">A .NET format string.</param>
    public void AppendFormatted<T>(T value, string? format) => text.AppendFormatted(value, format);

    internal string Text() => IsDue ? text.ToStringAndClear() : "";
}
