using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using Lectern.Data;

namespace Lectern.Tests.Data;

public sealed class DataStoreTests : IDisposable
{
    private const string FilePath = "some sets/numbers.bin";

    private static readonly Fetcher Quick =
        new([TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero], TimeSpan.FromSeconds(5));

    private readonly string folder = Directory.CreateTempSubdirectory("lectern data ").FullName;
    private readonly FileServer server = new();
    private readonly byte[] content = new byte[200_000];

    public DataStoreTests()
    {
        new Random(1).NextBytes(content);
        server.Files[FilePath] = content;
    }

    private string Cache => Path.Combine(folder, "the cache");

    private string Cached => Path.Combine(Cache, "some sets", "numbers.bin");

    public void Dispose()
    {
        server.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Given_a_set_that_is_nowhere_then_require_says_what_is_missing_and_how_to_get_it()
    {
        var store = Store();

        var error = Assert.Throws<DataMissingException>(() => store.Require("numbers"));

        Assert.Equal("numbers", error.Set);
        Assert.Contains(FilePath, error.Message);
        Assert.Contains("./lectern data get numbers", error.Message);
        Assert.Contains("LECTERN_MIRROR", error.Message);
        Assert.Contains(Cached, error.Message);
        Assert.False(store.Has("numbers"));
        Assert.Empty(server.Asked);
    }

    [Fact]
    public void Given_an_unknown_name_then_the_known_ones_are_listed()
    {
        var error = Assert.Throws<ArgumentException>(() => Store().Require("nmbers"));

        Assert.Contains("'nmbers'", error.Message);
        Assert.Contains("numbers", error.Message);
    }

    [Fact]
    public void Given_an_address_when_downloaded_then_the_file_is_in_the_cache_and_is_not_fetched_twice()
    {
        var store = Store();

        var files = store.Download("numbers");
        store.Download("numbers");

        Assert.Equal(Cached, files["numbers.bin"]);
        Assert.Equal(Cached, files[FilePath]);
        Assert.Equal(content, File.ReadAllBytes(Cached));
        Assert.Single(server.Asked);
        Assert.True(store.Has("NUMBERS"));
        Assert.Equal([Cached], store.Require("numbers").Paths);
        Assert.False(File.Exists(Cached + ".part"));
    }

    [Fact]
    public void Given_other_bytes_of_the_same_size_then_the_download_is_refused_and_nothing_is_kept()
    {
        server.Files[FilePath] = new byte[content.Length];

        var error = Assert.Throws<DownloadException>(() => Store().Download("numbers"));

        Assert.Contains(Sha(content), error.Message);
        Assert.Contains(Sha(new byte[content.Length]), error.Message);
        Assert.Contains(FilePath, error.Message);
        Assert.Contains(Cached, error.Message);
        Assert.False(File.Exists(Cached));
        Assert.False(File.Exists(Cached + ".part"));
        Assert.Single(server.Asked);
    }

    [Fact]
    public void Given_a_file_of_another_size_then_the_download_says_both_sizes()
    {
        server.Files[FilePath] = "<html>Please sign in</html>"u8.ToArray();

        var error = Assert.Throws<DownloadException>(() => Store().Download("numbers"));

        Assert.Contains("27 bytes", error.Message);
        Assert.Contains("200,000", error.Message);
        Assert.Single(server.Asked);
    }

    [Fact]
    public void Given_a_connection_that_breaks_then_the_rest_is_fetched_and_no_byte_twice()
    {
        server.CutAfter.Enqueue(70_000);
        server.CutAfter.Enqueue(30_000);

        Store().Download("numbers");

        Assert.Equal(content, File.ReadAllBytes(Cached));
        Assert.Equal([0L, 70_000, 100_000], server.Asked.Select(asked => asked.From));
    }

    [Fact]
    public void Given_a_download_that_an_earlier_process_left_then_the_next_one_goes_on_from_there()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Cached)!);
        File.WriteAllBytes(Cached + ".part", content[..150_000]);

        Store().Download("numbers");

        Assert.Equal(content, File.ReadAllBytes(Cached));
        Assert.Equal([150_000L], server.Asked.Select(asked => asked.From));
    }

    [Fact]
    public void Given_a_cache_whose_path_ends_in_a_slash_then_a_damaged_file_is_still_replaced()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Cached)!);
        File.WriteAllBytes(Cached, new byte[content.Length]);

        new DataStore(Store().Sets, new DataPlaces(Path.Combine(folder, "shipped"), Cache + Path.DirectorySeparatorChar, null), Quick).Download("numbers");

        Assert.Equal(content, File.ReadAllBytes(Cached));
    }

    [Fact]
    public void Given_a_partial_file_with_wrong_bytes_then_the_file_is_fetched_anew()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Cached)!);
        File.WriteAllBytes(Cached + ".part", new byte[150_000]);

        Store().Download("numbers");

        Assert.Equal(content, File.ReadAllBytes(Cached));
        Assert.Equal([150_000L, 0], server.Asked.Select(asked => asked.From));
    }

    [Fact]
    public void Given_a_whole_partial_file_then_nothing_is_fetched()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Cached)!);
        File.WriteAllBytes(Cached + ".part", content);

        Store().Download("numbers");

        Assert.Equal(content, File.ReadAllBytes(Cached));
        Assert.Empty(server.Asked);
    }

    [Fact]
    public void Given_a_server_without_ranges_then_a_broken_download_starts_again()
    {
        server.KnowsRanges = false;
        server.CutAfter.Enqueue(70_000);

        Store().Download("numbers");

        Assert.Equal(content, File.ReadAllBytes(Cached));
        Assert.Equal([0L, 70_000], server.Asked.Select(asked => asked.From));
    }

    [Fact]
    public void Given_a_server_that_always_breaks_off_then_the_download_ends_and_keeps_what_came()
    {
        server.KnowsRanges = false;
        for (var i = 0; i < 10; i++)
        {
            server.CutAfter.Enqueue(70_000);
        }

        var error = Assert.Throws<DownloadException>(() => Store().Download("numbers"));

        Assert.Contains("70,000 bytes have come and are kept", error.Message);
        Assert.Equal(70_000, new FileInfo(Cached + ".part").Length);
        Assert.False(File.Exists(Cached));
    }

    [Fact]
    public void Given_an_address_that_cannot_be_reached_then_the_error_names_it_and_the_remedies()
    {
        var nowhere = FileServer.Nowhere();

        var store = Store(address: nowhere + "/x");
        var error = Assert.Throws<DownloadException>(() => store.Download("numbers"));

        Assert.Contains(nowhere, error.Message);
        Assert.Contains("cannot be reached", error.Message);
        Assert.Contains("LECTERN_MIRROR", error.Message);
        Assert.Contains(Cached, error.Message);
        Assert.Contains(Sha(content), error.Message);
    }

    [Fact]
    public void Given_an_address_that_is_gone_then_the_error_says_404_and_it_is_not_tried_again()
    {
        server.Files.Clear();

        var error = Assert.Throws<DownloadException>(() => Store().Download("numbers"));

        Assert.Contains("404", error.Message);
        Assert.Single(server.Asked);
    }

    [Fact]
    public void Given_a_server_that_is_busy_at_first_then_it_is_asked_again()
    {
        server.Refusals.Enqueue(503);
        server.Refusals.Enqueue(429);

        Store().Download("numbers");

        Assert.Equal(3, server.Asked.Count);
    }

    [Fact]
    public void Given_a_server_that_falls_silent_then_the_download_ends()
    {
        server.Delay = TimeSpan.FromSeconds(20);
        var impatient = new Fetcher([], TimeSpan.FromMilliseconds(200));

        var error = Assert.Throws<DownloadException>(() => Store(fetcher: impatient).Download("numbers"));

        Assert.Contains("silent", error.Message);
    }

    [Fact]
    public void Given_a_mirror_folder_then_its_file_is_used_where_it_lies()
    {
        var mirror = Path.Combine(folder, "a mirror");
        var path = Path.Combine(mirror, "some sets", "numbers.bin");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        var store = Store(mirror: mirror);

        Assert.True(store.Has("numbers"));
        Assert.Equal(path, store.Require("numbers")["numbers.bin"]);
        Assert.Equal(path, store.Download("numbers")["numbers.bin"]);
        Assert.Empty(server.Asked);
        Assert.False(Directory.Exists(Cache));
    }

    [Fact]
    public void Given_a_mirror_folder_that_does_not_exist_then_the_error_says_so()
    {
        var mirror = Path.Combine(folder, "no mirror");

        var error = Assert.Throws<DataMissingException>(() => Store(mirror: mirror).Require("numbers"));

        Assert.Contains($"LECTERN_MIRROR names '{mirror}', and there is no such folder", error.Message);
    }

    [Fact]
    public void Given_a_mirror_folder_with_a_changed_file_then_require_refuses_it()
    {
        var path = Path.Combine(folder, "mirror", "some sets", "numbers.bin");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, new byte[content.Length]);
        var store = Store(mirror: Path.Combine(folder, "mirror"));

        var error = Assert.Throws<InvalidDataException>(() => store.Require("numbers"));

        Assert.Contains(path, error.Message);
        Assert.Contains(Sha(content), error.Message);
        Assert.Single(store.Verify("numbers"));
    }

    [Fact]
    public void Given_a_mirror_address_then_it_is_asked_before_the_files_own_address()
    {
        using var mirror = new FileServer();
        mirror.Files["data/" + FilePath] = content;

        Store(mirror: mirror.Address + "/data/").Download("numbers");

        Assert.Equal("data/" + FilePath, Assert.Single(mirror.Asked).Path);
        Assert.Empty(server.Asked);
        Assert.Equal(content, File.ReadAllBytes(Cached));
    }

    [Fact]
    public void Given_a_mirror_address_without_the_file_then_its_own_address_is_asked()
    {
        using var mirror = new FileServer();

        Store(mirror: mirror.Address).Download("numbers");

        Assert.Single(mirror.Asked);
        Assert.Single(server.Asked);
    }

    [Fact]
    public void Given_a_damaged_file_in_the_cache_then_require_refuses_it_and_download_replaces_it()
    {
        var store = Store();
        store.Download("numbers");
        File.WriteAllBytes(Cached, new byte[content.Length]);

        var error = Assert.Throws<InvalidDataException>(() => store.Require("numbers"));
        store.Download("numbers");

        Assert.Contains("./lectern data get numbers", error.Message);
        Assert.Equal(content, File.ReadAllBytes(store.Require("numbers")["numbers.bin"]));
    }

    [Fact]
    public async Task Given_several_at_once_then_one_fetches_and_all_have_the_file()
    {
        server.Delay = TimeSpan.FromMilliseconds(300);

        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () => Store().Download("numbers")["numbers.bin"], TaskCreationOptions.LongRunning)));

        Assert.All(all, path => Assert.Equal(Cached, path));
        Assert.Single(server.Asked);
    }

    [Fact]
    public void Given_a_lock_file_that_a_dead_process_left_then_the_download_goes_on()
    {
        var path = Path.Combine(Cache, ".locks", "numbers");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");

        Store().Download("numbers");

        Assert.Equal(content, File.ReadAllBytes(Cached));
    }

    [Fact]
    public async Task Given_another_process_that_holds_the_lock_and_is_killed_then_the_download_goes_on()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "needs flock(1) for a process that holds a lock");
        var path = Path.Combine(Cache, ".locks", "numbers");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var other = Process.Start("/usr/bin/flock", ["--no-fork", path, "sleep", "60"]);
        while (IsFree(path))
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        var download = Task.Run(() => Store().Download("numbers"), TestContext.Current.CancellationToken);
        await Task.Delay(500, TestContext.Current.CancellationToken);
        var waited = !download.IsCompleted && server.Asked.IsEmpty;
        other.Kill();
        await download;

        Assert.True(waited);
        Assert.Equal(content, File.ReadAllBytes(Cached));
    }

    [Fact]
    public void Given_a_reader_who_stops_then_what_has_come_is_kept_for_the_next_try()
    {
        var set = Set(server.Address + "/some%20sets/numbers.bin");
        using var stop = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(() => Quick.Fetch(
            set, set.Files[0], [new Uri(set.Files[0].Address!)], Cached, (_, _) => stop.Cancel(), stop.Token));
        var kept = new FileInfo(Cached + ".part").Length;
        Store().Download("numbers");

        Assert.InRange(kept, 1, content.Length);
        Assert.Equal(content, File.ReadAllBytes(Cached));
        Assert.Equal(kept == content.Length ? [0L] : [0L, kept], server.Asked.Select(asked => asked.From));
    }

    [Fact]
    public void Given_a_wait_for_another_process_when_the_reader_stops_then_it_ends()
    {
        var set = Set(server.Address);
        using var other = CacheLock.Take(Cache, set, CancellationToken.None);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        Assert.ThrowsAny<OperationCanceledException>(() => CacheLock.Take(Cache, set, stop.Token));
    }

    [Fact]
    public void Given_a_cache_that_cannot_be_written_then_the_error_names_it_and_the_variable()
    {
        File.WriteAllText(Path.Combine(folder, "a file"), "");
        var cache = Path.Combine(folder, "a file", "cache");
        var store = new DataStore(
            [Set(server.Address + "/some%20sets/numbers.bin")], new DataPlaces(folder, cache, null), Quick);

        var error = Assert.Throws<DownloadException>(() => store.Download("numbers"));

        Assert.Contains(cache, error.Message);
        Assert.Contains("LECTERN_CACHE", error.Message);
    }

    [Fact]
    public void Given_an_archive_then_its_files_are_unpacked_checked_and_the_archive_is_not_kept()
    {
        var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var member = archive.CreateEntry("within//numbers.bin").Open();
            member.Write(content);
        }
        server.Files["some sets/all.zip"] = zip.ToArray();
        var set = Set(null) with
        {
            Archive = new DataFile(
                "some sets/all.zip", zip.Length, Sha(zip.ToArray()), server.Address + "/some%20sets/all.zip"),
        };
        var store = new DataStore([set], new DataPlaces(Path.Combine(folder, "shipped"), Cache, null), Quick);

        var files = store.Download("numbers");
        store.Download("numbers");

        Assert.Equal(content, File.ReadAllBytes(files["numbers.bin"]));
        Assert.Single(server.Asked);
        Assert.Equal([Cached], Directory.GetFiles(Path.GetDirectoryName(Cached)!));

        // A member that is not what was declared, or that is not there, is refused and not kept.
        File.Delete(Cached);
        var other = set with { Files = [set.Files[0] with { Sha256 = Sha([1]) }] };
        store = new DataStore([other], new DataPlaces(Path.Combine(folder, "shipped"), Cache, null), Quick);
        Assert.Contains(Sha([1]), Assert.Throws<DownloadException>(() => store.Download("numbers")).Message);
        Assert.False(File.Exists(Cached));
        other = set with { Files = [set.Files[0] with { Path = "some sets/letters.bin" }] };
        store = new DataStore([other], new DataPlaces(Path.Combine(folder, "shipped"), Cache, null), Quick);
        Assert.Contains("no 'letters.bin'", Assert.Throws<DownloadException>(() => store.Download("numbers")).Message);
    }

    private static bool IsFree(string path)
    {
        try
        {
            using var _ = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string Sha(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private DataSet Set(string? address) => new(
        "numbers", "Random bytes", "none", "CC0", "none", "none", new Dictionary<string, long>(),
        [new DataFile(FilePath, content.Length, Sha(content), address)]);

    private DataStore Store(string? address = null, string? mirror = null, Fetcher? fetcher = null) => new(
        [Set(address ?? server.Address + "/some%20sets/numbers.bin")],
        new DataPlaces(Path.Combine(folder, "shipped"), Cache, mirror),
        fetcher ?? Quick);
}
