using Spectre.Console;

namespace Lectern.Bench;

/// <summary>A table of what one section measured, ours beside the peers'.</summary>
internal sealed class Report(string section)
{
    private readonly List<(string Work, double Ours, IReadOnlyList<(string Peer, double? Seconds)> Peers, string Note)> rows = [];

    /// <summary>Text under the table.</summary>
    internal List<string> Notes { get; } = [];

    /// <summary>Adds a row, and says so at once: a section may take minutes. A peer that is absent has no time.</summary>
    internal void Add(string work, double ours, IEnumerable<(string Peer, double? Seconds)> peers, string note = "")
    {
        rows.Add((work, ours, [.. peers], note));
        Console.Error.WriteLine($"  {section}: {work}: {Format(ours)}");
    }

    internal void Print()
    {
        var table = new Table().Title(section).Border(TableBorder.Rounded).AddColumns("work", "ours");
        var peers = rows.SelectMany(row => row.Peers.Select(peer => peer.Peer)).Distinct().ToList();
        foreach (string peer in peers) table.AddColumn(peer);
        table.AddColumn("ours / best peer");
        foreach (var (work, ours, times, note) in rows)
        {
            var cells = peers.Select(peer => times.FirstOrDefault(t => t.Peer == peer).Seconds is { } s ? Format(s) : "absent");
            var best = times.Where(t => t.Seconds is not null).Select(t => t.Seconds!.Value).DefaultIfEmpty(double.NaN).Min();
            table.AddRow([Markup.Escape(work), Format(ours), .. cells, (double.IsNaN(best) ? "–" : FormattableString.Invariant($"{ours / best:0.00}")) + (note.Length > 0 ? $"  {Markup.Escape(note)}" : "")]);
        }
        if (rows.Count > 0) AnsiConsole.Write(table);
        foreach (string note in Notes) Console.WriteLine(note);
    }

    private static string Format(double seconds) => seconds switch
    {
        < 1e-5 => FormattableString.Invariant($"{seconds * 1e6:0.00} µs"),
        < 1e-3 => FormattableString.Invariant($"{seconds * 1e6:0} µs"),
        < 1 => FormattableString.Invariant($"{seconds * 1e3:0.00} ms"),
        _ => FormattableString.Invariant($"{seconds:0.00} s"),
    };
}
