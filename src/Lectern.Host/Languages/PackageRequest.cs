namespace Lectern.Host.Languages;

/// <summary>A package that a notebook asks for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">A version or a range as NuGet writes them; <c>*</c> for the newest.</param>
internal sealed record PackageRequest(string Name, string Version)
{
    /// <summary>The version that stands for the newest.</summary>
    public const string Newest = "*";

    /// <summary>Whether the version depends on when one asks.</summary>
    public bool Floats => Version.Contains('*', StringComparison.Ordinal);

    /// <summary>Reads what follows <c>nuget:</c>, such as <c>Humanizer, 3.0.1</c>; null where it names no package.</summary>
    public static PackageRequest? Parse(string text)
    {
        var words = text.Split(',', 2, StringSplitOptions.TrimEntries);
        var valid = words[0].Length > 0 && words[0].All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
        return !valid ? null : new PackageRequest(words[0], words.Length > 1 && words[1].Length > 0 ? words[1] : Newest);
    }

    /// <inheritdoc/>
    public override string ToString() => Version == Newest ? Name : $"{Name}, {Version}";
}
