using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using Lectern.Data;

namespace Lectern.Training;

/// <summary>
/// A training run in a file, from which it goes on exactly: weights, best weights, the optimiser's state, the state of the
/// random numbers, the history. A zip archive, written beside its place and moved there, so that it is whole or not there.
/// </summary>
internal static class Checkpoint
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    internal static void Write(string path, nn.Module model, OptimizerHelper optimizer, History history, Dictionary<string, Tensor>? best)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        WholeFile.Write(path, file =>
        {
            using var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true);
            Put(archive, "model", stream => model.save(stream));
            Put(archive, "optimizer", stream =>
            {
                using var writer = new BinaryWriter(stream);
                optimizer.save_state_dict(writer);
            });
            using var scope = NewDisposeScope();
            Put(archive, "random", stream => stream.Write(get_rng_state().bytes));
            Put(archive, "history", stream => JsonSerializer.Serialize(stream, history.State(), Json));
            foreach (var (name, value) in best ?? []) Put(archive, $"best/{name}", stream => stream.Write(value.cpu().contiguous().bytes));
        });
    }

    /// <summary>Reads a run back into the model, the optimiser and the history; returns the best weights, if there were any.</summary>
    internal static Dictionary<string, Tensor>? Read(string path, nn.Module model, OptimizerHelper optimizer, History history)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            model.load(new MemoryStream(Get(archive, "model")));
            using (var reader = new BinaryReader(new MemoryStream(Get(archive, "optimizer")))) optimizer.load_state_dict(reader);
            set_rng_state(tensor(Get(archive, "random")));
            history.Restore(JsonSerializer.Deserialize<HistoryState>(Get(archive, "history"), Json)!);
            if (!archive.Entries.Any(entry => entry.FullName.StartsWith("best/", StringComparison.Ordinal))) return null;
            var best = new Dictionary<string, Tensor>();
            foreach (var (name, value) in model.state_dict())
            {
                using var scope = NewDisposeScope();
                var kept = empty(value.shape, dtype: value.dtype);
                Get(archive, $"best/{name}").CopyTo(kept.bytes);
                best[name] = kept.to(value.device).DetachFromDisposeScope();
            }
            return best;
        }
        catch (Exception error) when (error is InvalidDataException or KeyNotFoundException or JsonException or ArgumentException
            or EndOfStreamException or InvalidOperationException or ExternalException)
        {
            throw new InvalidDataException(
                $"The checkpoint '{path}' does not fit this training run ({error.Message}). Delete it to start anew, or go back to the settings that wrote it.", error);
        }
    }

    private static void Put(ZipArchive archive, string name, Action<Stream> write)
    {
        // Model and optimiser close what they write to, so they get memory, not the archive's stream.
        var memory = new MemoryStream();
        write(memory);
        using var stream = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
        stream.Write(memory.ToArray());
    }

    private static byte[] Get(ZipArchive archive, string name)
    {
        var entry = archive.GetEntry(name) ?? throw new KeyNotFoundException($"it has no '{name}'");
        using var stream = entry.Open();
        var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
