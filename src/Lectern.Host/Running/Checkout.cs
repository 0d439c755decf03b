namespace Lectern.Host.Running;

/// <summary>Where things stand in the folder that was cloned.</summary>
internal static class Checkout
{
    /// <summary>The kit's folder: what the script names, else the one above the host that holds the solution.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static string Root { get; } = FindRoot();

    /// <summary>The lessons.</summary>
    public static string Notebooks => Path.Combine(Root, "notebooks");

    /// <summary>Where executed copies and pages go.</summary>
    public static string Pages => Path.Combine(Root, "artifacts", "lessons");

    /// <summary>The host's own assembly, for child processes.</summary>
    public static string Host => Path.Combine(AppContext.BaseDirectory, "Lectern.Host.dll");

    /// <summary>The release build of another project of the kit: it stands beside the host's own.</summary>
    /// <param name="project">The project's name, such as <c>Lectern.Bench</c>.</param>
    public static string Binary(string project) =>
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, "release", $"{project}.dll"));

    /// <summary>The path as a reader would type it, standing in the kit's folder.</summary>
    public static string Relative(string path) => Path.GetRelativePath(Root, path);

    /// <summary>A program on the PATH, or null.</summary>
    public static string? FindProgram(params IEnumerable<string> names) => (
        from name in names
        from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        from file in new[] { name, name + ".exe" }
        let path = Path.Combine(folder, file)
        where folder.Length > 0 && File.Exists(path)
        select path).FirstOrDefault();

    private static string FindRoot()
    {
        if (Environment.GetEnvironmentVariable("LECTERN_ROOT") is { Length: > 0 } named)
        {
            return Path.GetFullPath(named);
        }
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Lectern.slnx")))
            {
                return folder.FullName;
            }
        }
        throw new InvalidOperationException(
            "The kit's folder was not found above the program. Start it with ./lectern, or name the folder in LECTERN_ROOT.");
    }
}
