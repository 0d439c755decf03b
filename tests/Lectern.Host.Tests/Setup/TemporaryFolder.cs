namespace Lectern.Host.Tests.Setup;

/// <summary>A folder that is gone after the test; its name has a space, as readers' folders do.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("lectern test ").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
