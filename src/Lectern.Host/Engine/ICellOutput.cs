namespace Lectern.Host.Engine;

/// <summary>Where the outputs of a running cell go: into a notebook file, or over a wire to a front end.</summary>
/// <remarks>The session calls it from any thread, but never from two at once.</remarks>
internal interface ICellOutput
{
    /// <summary>Text written to a console stream.</summary>
    /// <param name="name"><c>stdout</c> or <c>stderr</c>.</param>
    /// <param name="text">The text as it was written.</param>
    void Stream(string name, string text);

    /// <summary>A value shown with <c>display</c>.</summary>
    /// <param name="bundle">The value's forms.</param>
    /// <param name="id">Names the output for later updates.</param>
    void Display(MimeBundle bundle, string id);

    /// <summary>New content for an output that was shown before, in this cell or an earlier one.</summary>
    void Update(MimeBundle bundle, string id);

    /// <summary>The value of the cell's last expression.</summary>
    void Result(MimeBundle bundle, int number);

    /// <summary>What ended the cell.</summary>
    void Error(CellError error);

    /// <summary>Takes away what the cell has shown so far.</summary>
    /// <param name="wait">Whether to leave it until the next output takes its place.</param>
    void Clear(bool wait);

    /// <summary>Asks the reader for a line of text, and waits for it.</summary>
    /// <param name="prompt">What to show beside the field.</param>
    /// <param name="password">Whether to hide what is typed.</param>
    /// <returns>The line without its break; null where the reader ended the input.</returns>
    /// <exception cref="InvalidOperationException">Nobody is there to type.</exception>
    string? ReadLine(string prompt, bool password);
}
