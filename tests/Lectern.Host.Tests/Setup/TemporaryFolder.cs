namespace Lectern.Host.Tests.Setup;

/// <summary>A folder that is gone after the test; its name has a space, since folders of readers do.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("lectern test ").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
