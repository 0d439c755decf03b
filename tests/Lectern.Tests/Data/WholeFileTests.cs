using Lectern.Data;

namespace Lectern.Tests.Data;

/// <summary>Files that are whole or not there.</summary>
public sealed class WholeFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern whole ").FullName;

    private string Target => Path.Combine(folder, "record.json");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Many_may_write_the_same_file_at_once()
    {
        string[] texts = [.. Enumerable.Range(0, 4).Select(i => new string((char)('a' + i), 100_000))];
        Parallel.For(0, 100, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            WholeFile.Write(Target, texts[i % 4]);
            Assert.Contains(File.ReadAllText(Target), texts);
        });
        Assert.Equal([Target], Directory.GetFiles(folder));
    }

    [Fact]
    public void What_fails_leaves_the_old_file_and_nothing_else()
    {
        WholeFile.Write(Target, "old");
        Assert.Throws<InvalidOperationException>(() => WholeFile.Write(Target, stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFiles(folder));
    }
}
