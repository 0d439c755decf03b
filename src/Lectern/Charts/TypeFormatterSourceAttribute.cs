namespace Lectern.Charts;

/// <summary>
/// Says how a notebook shows a type. .NET Interactive's formatters look for an attribute of this name and
/// these properties,
/// so that the kit needs none of their packages.
/// </summary>
/// <param name="formatterSourceType">A type whose <c>CreateTypeFormatters</c> gives
/// <see cref="ValueFormatter"/>s.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    /// <summary>The type that gives the formatters.</summary>
    public Type FormatterSourceType { get; } = formatterSourceType;

    /// <summary>The formats in which the value is shown unless asked for another.</summary>
    public string[] PreferredMimeTypes { get; set; } = ["text/html", "text/plain"];
}

/// <summary>Writes a value in one format.</summary>
internal sealed class ValueFormatter(string mimeType, Func<object, string> format)
{
    /// <summary>The format.</summary>
    public string MimeType { get; } = mimeType;

    /// <summary>Writes a value.</summary>
    /// <returns>Always true: the value was written.</returns>
    public bool Format(object instance, TextWriter writer)
    {
        writer.Write(format(instance));
        return true;
    }
}
