using System.Net;
using System.Net.Http.Headers;

namespace Lectern.Data;

/// <summary>Fetches one file by HTTP: resumes what an earlier try left, tries again after a pause, checks
/// what came.</summary>
/// <param name="pauses">How long to wait before each further try of one address.</param>
/// <param name="stall">How long an answer, or the next bytes, may take.</param>
internal sealed class Fetcher(IReadOnlyList<TimeSpan> pauses, TimeSpan stall)
{
    /// <summary>Four tries an address, with growing pauses; a connection is given up after 30 s of
    /// silence.</summary>
    public static readonly Fetcher Usual = new(
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(9)],
        TimeSpan.FromSeconds(30));

    private static readonly HttpClient Client = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,             // a large file may take hours; silence is what counts
        DefaultRequestHeaders = { UserAgent = { new ProductInfoHeaderValue("Lectern", "0.1") } },
    };

    /// <summary>Fetches a file to a path, from the first source that has it.</summary>
    /// <param name="set">The data set that the file belongs to.</param>
    /// <param name="file">The file.</param>
    /// <param name="sources">Addresses, best first.</param>
    /// <param name="path">Where it goes; it appears there whole and checked, or not at all.</param>
    /// <param name="report">Told the bytes that are there so far, and a note.</param>
    /// <param name="cancel">Stops the download; what has come stays for the next try.</param>
    /// <exception cref="DownloadException">No source gave the declared bytes.</exception>
    public void Fetch(
        DataSet set, DataFile file, IReadOnlyList<Uri> sources, string path, Action<long, string> report,
        CancellationToken cancel)
    {
        var part = path + ".part";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var failures = new List<string>();
            Exception? last = null;
            foreach (var source in sources)
            {
                var (failure, error) = FetchFrom(file, source, part, report, cancel);
                if (failure is null)
                {
                    File.Move(part, path, overwrite: true);
                    return;
                }
                failures.Add($"{source}: {failure}");
                last = error ?? last;
            }
            throw new DownloadException(file, Explain(set, file, failures, path), last);
        }
        catch (Exception error) when (
            error is UnauthorizedAccessException or (IOException and not DownloadException))
        {
            throw CacheLock.Unwritable(file, Path.GetDirectoryName(path)!, error);
        }
    }

    private (string? Failure, Exception? Error) FetchFrom(
        DataFile file, Uri source, string part, Action<long, string> report, CancellationToken cancel)
    {
        var most = Length(part);
        for (var attempt = 0; ; attempt++)
        {
            cancel.ThrowIfCancellationRequested();
            var (failure, error, again) = Try(file, source, part, report, cancel).GetAwaiter().GetResult();
            // A try that brought the file forward does not count: a weak line gets there in the end.
            if (Length(part) is var length && length > most)
            {
                (most, attempt) = (length, 0);
            }
            if (failure is null || !again || attempt == pauses.Count)
            {
                return (failure, error);
            }
            report(Length(part), $"{failure} Trying again.");
            cancel.WaitHandle.WaitOne(pauses[attempt]);
        }
    }

    private async Task<(string? Failure, Exception? Error, bool Again)> Try(
        DataFile file, Uri source, string part, Action<long, string> report, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var resumed = Length(part);
        if (resumed > file.Bytes)
        {
            File.Delete(part);
            resumed = 0;
        }
        try
        {
            if (resumed < file.Bytes)
            {
                var (refusal, again, start) = await Receive(file, source, part, resumed, report, patience);
                if (refusal is not null)
                {
                    return (refusal, null, again);
                }
                resumed = start;
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return ($"it was silent for {stall.TotalSeconds:0} s.", null, true);
        }
        catch (HttpRequestException error)
        {
            return (Reason(error), error, true);
        }
        return Check(file, part, resumed);
    }

    // What of the file came, if anything went wrong; and at which byte this answer began.
    private async Task<(string? Refusal, bool Again, long Start)> Receive(
        DataFile file, Uri source, string part, long start, Action<long, string> report,
        CancellationTokenSource patience)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, source);
        if (start > 0)
        {
            request.Headers.Range = new RangeHeaderValue(start, null);
        }
        patience.CancelAfter(stall);
        using var answer = await Client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            File.Delete(part);
            return ("the server did not take up the partial download.", true, 0);
        }
        if (!answer.IsSuccessStatusCode)
        {
            var passing = (int)answer.StatusCode is 408 or 429 or >= 500;
            return ($"the server answered {(int)answer.StatusCode} ({answer.ReasonPhrase}).", passing, 0);
        }
        // A server without ranges sends the whole file, from its first byte.
        var continues = answer.StatusCode == HttpStatusCode.PartialContent
            && answer.Content.Headers.ContentRange?.From == start;
        if (answer.StatusCode == HttpStatusCode.PartialContent && !continues)
        {
            File.Delete(part);
            return ("the server sent another part of the file than was asked for.", true, 0);
        }
        start = continues ? start : 0;
        if (answer.Content.Headers.ContentLength is { } rest && start + rest != file.Bytes)
        {
            return ($"it offers {start + rest:N0} bytes, and {file.Bytes:N0} are declared.", false, 0);
        }
        await using var stored = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write);
        stored.SetLength(start);
        stored.Position = start;
        await using var body = await answer.Content.ReadAsStreamAsync(patience.Token);
        var buffer = new byte[1 << 16];
        while (true)
        {
            patience.CancelAfter(stall);
            var count = await Read(body, buffer, patience.Token);
            if (count == 0)
            {
                break;
            }
            await stored.WriteAsync(buffer.AsMemory(0, count), CancellationToken.None);
            report(stored.Position, file.Name);
            if (stored.Position > file.Bytes)
            {
                break;                                          // more than declared: Check refuses it
            }
        }
        return (null, false, start);
    }

    // A connection that breaks must not be taken for a disk that does.
    private static async Task<int> Read(Stream body, byte[] buffer, CancellationToken cancel)
    {
        try
        {
            return await body.ReadAsync(buffer, cancel);
        }
        catch (IOException error)
        {
            throw new HttpRequestException(error.Message, error);
        }
    }

    private static (string? Failure, Exception? Error, bool Again) Check(
        DataFile file, string part, long resumed)
    {
        var length = Length(part);
        if (length < file.Bytes)
        {
            return ($"it ended after {length:N0} of {file.Bytes:N0} bytes.", null, true);
        }
        var found = DataStore.Hash(part);
        if (length == file.Bytes && found == file.Sha256)
        {
            return (null, null, false);
        }
        File.Delete(part);
        // The beginning may stem from an earlier, bad try, so a resumed file gets one from its first byte.
        return (
            length > file.Bytes
                ? $"it sent more than the {file.Bytes:N0} bytes that are declared."
                : $"what came has SHA-256 {found}, and {file.Sha256} is declared.",
            null,
            resumed > 0);
    }

    private static string Explain(DataSet set, DataFile file, List<string> failures, string path)
    {
        var tried = failures.Count == 0
            ? "the catalogue gives no address for it."
            : string.Join(" ", failures);
        var kept = Length(path + ".part") is > 0 and var bytes
            ? $" {bytes:N0} bytes have come and are kept; the next try goes on from there."
            : "";
        return
            $"'{file.Path}' of the data set '{set.Name}' could not be fetched: {tried}{kept} Remedies: try "
            + $"'./lectern data get {set.Name}' again; or set LECTERN_MIRROR to a folder or an address with "
            + $"'{file.Path}'; or put it by hand at '{path}' ({file.Bytes:N0} bytes, SHA-256 {file.Sha256}).";
    }

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;

    private static string Reason(Exception error)
    {
        var inner = error;
        while (inner.InnerException is { } next)
        {
            inner = next;
        }
        var reason = inner.Message.TrimEnd('.');
        return $"it cannot be reached or broke off ({reason}).";
    }
}
