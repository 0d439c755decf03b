using Lectern.Data;

namespace Lectern.Tests.Data;

/// <summary>Real data for tests: from LECTERN_MIRROR's folder, or shared/data beside the checkout.</summary>
internal static class TestData
{
    /// <summary>The mirror's folder; skips the test where there is none.</summary>
    public static string RequireMirror()
    {
        var folder = Mirror();
        Assert.SkipWhen(folder is null, "needs real data: set LECTERN_MIRROR to a folder that has it");
        return folder!;
    }

    /// <summary>A store over the mirror; skips the test where there is none.</summary>
    public static DataStore RequireStore() =>
        new(Catalog.All, DataPlaces.FromEnvironment() with { Mirror = RequireMirror() });

    private static string? Mirror()
    {
        if (DataPlaces.FromEnvironment().MirrorFolder is { } named)
        {
            return Directory.Exists(named) ? named : null;
        }
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var shared = Path.Combine(at.FullName, "shared", "data");
            if (File.Exists(Path.Combine(shared, "SHA256SUMS")))
            {
                return shared;
            }
        }
        return null;
    }
}
