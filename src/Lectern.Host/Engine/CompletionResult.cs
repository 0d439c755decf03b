namespace Lectern.Host.Engine;

/// <summary>What could stand at a place in a cell.</summary>
/// <param name="Start">Where the text that an item replaces begins, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Items">The items, the likeliest first; none where nothing fits.</param>
internal sealed record CompletionResult(int Start, int End, IReadOnlyList<CompletionItem> Items);
