namespace Lectern.Data;

/// <summary>Where data is looked for: what ships with the kit, the cache, and a mirror.</summary>
/// <param name="Shipped">The folder of shipped data, which holds <c>catalog.json</c>.</param>
/// <param name="Cache">The folder that downloads go to; laid out like the catalogue's paths.</param>
/// <param name="Mirror">A folder, or an http(s) address, laid out like the catalogue's paths; null for
/// none.</param>
public sealed record DataPlaces(string Shipped, string Cache, string? Mirror)
{
    /// <summary>The places that the environment names.</summary>
    /// <remarks>
    /// <c>LECTERN_CACHE</c> names the cache; without it, it is <c>lectern</c> in XDG_CACHE_HOME or ~/.cache,
    /// and in the local application data on Windows. <c>LECTERN_MIRROR</c> names the mirror. Shipped data
    /// lies in <c>data</c> beside the library's assembly.
    /// </remarks>
    public static DataPlaces FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <summary>The folder of a mirror that is one; null where there is no mirror, or it is an
    /// address.</summary>
    internal string? MirrorFolder =>
        Mirror is null || MirrorAddress is not null ? null : Path.GetFullPath(Mirror);

    /// <summary>The address of a mirror that is one, without a slash at its end.</summary>
    internal string? MirrorAddress =>
        Mirror is not null
        && (Mirror.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            || Mirror.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            ? Mirror.TrimEnd('/')
            : null;

    internal static DataPlaces From(Func<string, string?> variable)
    {
        string? Set(string name) => variable(name) is { Length: > 0 } value ? value : null;
        var assembly = Path.GetDirectoryName(typeof(DataPlaces).Assembly.Location);
        var beside = string.IsNullOrEmpty(assembly) ? AppContext.BaseDirectory : assembly;
        var cache = Set("LECTERN_CACHE") ?? DefaultCache(Set("XDG_CACHE_HOME"));
        return new DataPlaces(Path.Combine(beside, "data"), Path.GetFullPath(cache), Set("LECTERN_MIRROR"));
    }

    private static string DefaultCache(string? xdg)
    {
        if (OperatingSystem.IsWindows())
        {
            var local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            return Path.Combine(local, "lectern", "cache");
        }
        // XDG's rules: a relative path there is to be ignored.
        if (xdg is not null && Path.IsPathRooted(xdg))
        {
            return Path.Combine(xdg, "lectern");
        }
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.Combine(home.Length > 0 ? Path.Combine(home, ".cache") : Path.GetTempPath(), "lectern");
    }
}
