namespace Lectern.Host.Interactive;

/// <summary><c>x.Display()</c>, the other way to write <c>display(x)</c>.</summary>
public static class DisplayExtensions
{
    /// <summary>Shows a value below the cell, at once.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="value">Any value.</param>
    /// <param name="mimeTypes">The forms wanted; all that the value has where none is named.</param>
    /// <returns>The shown output, which can be updated.</returns>
    /// <exception cref="InvalidOperationException">Called outside of a notebook.</exception>
    public static DisplayedValue Display<T>(this T value, params string[] mimeTypes) => Kernel.display(value, mimeTypes);

    /// <summary>Shows text in a format of its own.</summary>
    /// <param name="value">The text.</param>
    /// <param name="mimeType">Its format, such as <c>text/html</c>.</param>
    /// <returns>The shown output, which can be updated.</returns>
    public static DisplayedValue DisplayAs(this string value, string mimeType) => Kernel.displayAs(value, mimeType);
}
