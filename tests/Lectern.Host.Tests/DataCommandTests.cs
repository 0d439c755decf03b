using System.Security.Cryptography;
using Lectern.Data;

namespace Lectern.Host.Tests;

public sealed class DataCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern data ").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_list_gives_size_place_and_licence_of_each_set()
    {
        var (code, output, _) = Run("data");

        Assert.Equal(0, code);
        Assert.Matches("here +3 bytes +shipped +Here", output);
        Assert.Matches("away +1.2 MB +not here +Away", output);
        Assert.Contains("licence: Mine", output);
        Assert.Equal(output, Run("data", "list").Output);
    }

    [Fact]
    public void Get_of_a_set_that_is_here_says_where()
    {
        var (code, output, _) = Run("data", "get", "here");

        Assert.Equal(0, code);
        Assert.Contains("already here", output);
        Assert.Contains(folder, output);
    }

    [Fact]
    public void Get_of_what_cannot_be_fetched_is_one_line_and_an_exit_code()
    {
        var (code, _, error) = Run("data", "get", "away");

        Assert.Equal(1, code);
        Assert.Contains("a/away.bin", error);
        Assert.DoesNotContain("   at ", error);
    }

    [Fact]
    public void A_misspelt_name_is_answered_with_the_names_there_are()
    {
        var (code, _, error) = Run("data", "get", "hare");

        Assert.Equal(1, code);
        Assert.Contains("here, away", error);
    }

    [Fact]
    public void Path_prints_the_places_or_the_files()
    {
        Assert.Contains(Path.Combine(folder, "cache"), Run("data", "path").Output);
        Assert.Equal(
            Path.Combine(folder, "shipped", "a", "here.bin") + Environment.NewLine,
            Run("data", "path", "here").Output);
        Assert.Equal(1, Run("data", "path", "away").Code);
    }

    [Fact]
    public void Verify_looks_at_what_is_here_and_fails_on_a_changed_file()
    {
        Assert.Equal(0, Run("data", "verify").Code);

        File.WriteAllBytes(Path.Combine(folder, "shipped", "a", "here.bin"), [1, 2, 4]);
        var (code, output, _) = Run("data", "verify");

        Assert.Equal(1, code);
        Assert.Contains("SHA-256", output);
    }

    [Fact]
    public void Licence_prints_what_to_cite() =>
        Assert.Contains("Somebody 2020", Run("data", "licence", "away").Output);

    private (int Code, string Output, string Error) Run(params string[] arguments)
    {
        byte[] bytes = [1, 2, 3];
        var here = Path.Combine(folder, "shipped", "a", "here.bin");
        if (!File.Exists(here))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(here)!);
            File.WriteAllBytes(here, bytes);
        }
        var sha = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var store = new DataStore(
            [
                Set("here", "Here", new DataFile("a/here.bin", 3, sha)),
                Set("away", "Away", new DataFile("a/away.bin", 1_200_000, sha)),
            ],
            new DataPlaces(Path.Combine(folder, "shipped"), Path.Combine(folder, "cache"), null));
        var root = new System.CommandLine.RootCommand { DataCommand.Create(() => store) };
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = root.Parse(arguments).Invoke(
            new System.CommandLine.InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    private static DataSet Set(string name, string title, DataFile file) => new(
        name, title, "none", "Mine", "Somebody 2020", "none", new Dictionary<string, long>(), [file]);
}
