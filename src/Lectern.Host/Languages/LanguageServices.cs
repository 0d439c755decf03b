using Lectern.Host.Engine;
using Microsoft.CodeAnalysis.Completion;
using Microsoft.CodeAnalysis.Tags;
using Item = Lectern.Host.Engine.CompletionItem;

namespace Lectern.Host.Languages;

/// <summary>Helps at writing a cell: what could come next, and what a name means.</summary>
internal sealed class LanguageServices(Polyglot languages) : IDisposable
{
    private const int Items = 500;
    private const int Described = 40;

    private readonly SemaphoreSlim gate = new(1);
    private readonly Lazy<CellWorkspace> workspace = new();

    /// <summary>What could stand at a place in a cell.</summary>
    public async Task<CompletionResult> CompleteAsync(string code, int position, CancellationToken cancellation)
    {
        position = Math.Clamp(position, 0, code.Length);
        if (DirectiveCompletion.Of(code, position, languages) is { } directive)
        {
            return directive;
        }
        var cell = MaskedCell.Of(code, position);
        if (cell.Language == Polyglot.FSharp)
        {
            return CompleteFSharp(code, position);
        }
        if (cell.Language != Polyglot.CSharp)
        {
            return new CompletionResult(position, position, []);
        }
        await gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await CompleteCSharpAsync(cell.Code, position, cancellation).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The signature and the documentation of the name at a place, or of what is called there.</summary>
    public async Task<MimeBundle?> InspectAsync(string code, int position, CancellationToken cancellation)
    {
        var cell = MaskedCell.Of(code, Math.Clamp(position, 0, code.Length));
        if (cell.Language != Polyglot.CSharp)
        {
            return null;
        }
        await gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var document = workspace.Value.Open(languages.Main.Compiled, cell.Code);
            var model = await document.GetSemanticModelAsync(cancellation).ConfigureAwait(false);
            var root = await document.GetSyntaxRootAsync(cancellation).ConfigureAwait(false);
            return SymbolText.At(root!, model!, position, cancellation);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (workspace.IsValueCreated)
        {
            workspace.Value.Dispose();
        }
        gate.Dispose();
    }

    private async Task<CompletionResult> CompleteCSharpAsync(string code, int position, CancellationToken cancellation)
    {
        var document = workspace.Value.Open(languages.Main.Compiled, code);
        var service = CompletionService.GetService(document)!;
        var list = await service.GetCompletionsAsync(document, position, cancellationToken: cancellation).ConfigureAwait(false);
        var typed = code[list.Span.Start..Math.Max(list.Span.Start, position)];
        var fitting = list.ItemsList
            .Where(item => !item.Tags.Contains(WellKnownTags.Snippet))
            .Select(item => (Item: item, Rank: RankOf(item.FilterText, typed)))
            .Where(ranked => ranked.Rank < int.MaxValue)
            .OrderBy(ranked => ranked.Rank)
            .ThenBy(ranked => ranked.Item.SortText, StringComparer.OrdinalIgnoreCase)
            .DistinctBy(ranked => ranked.Item.DisplayText)
            .Take(Items)
            .ToList();
        var model = (await document.GetSemanticModelAsync(cancellation).ConfigureAwait(false))!;
        var root = (await document.GetSyntaxRootAsync(cancellation).ConfigureAwait(false))!;
        var items = new List<Item>();
        foreach (var (item, _) in fitting)
        {
            var description = items.Count >= Described ? ""
                : SymbolText.OfName(item.DisplayText, root, model, list.Span.Start, cancellation);
            items.Add(new Item(item.DisplayText, KindOf(item), description));
        }
        return new CompletionResult(list.Span.Start, list.Span.End, items);
    }

    private CompletionResult CompleteFSharp(string code, int position)
    {
        var start = position;
        while (start > 0 && (char.IsLetterOrDigit(code[start - 1]) || code[start - 1] is '_' or '.' or '\''))
        {
            start--;
        }
        var path = code[start..position];
        var name = path.LastIndexOf('.') + 1;
        var items = languages.Other.Completions(path)
            .Where(text => RankOf(text, path[name..]) < int.MaxValue)
            .Distinct()
            .Order(StringComparer.OrdinalIgnoreCase)
            .Take(Items)
            .Select(text => new Item(text, "name", ""));
        return new CompletionResult(start + name, position, [.. items]);
    }

    // As typed, then with other capitals, then the capitals of its words (WL finds WriteLine), then anywhere within.
    private static int RankOf(string name, string typed) =>
        name.StartsWith(typed, StringComparison.Ordinal) ? 0
        : name.StartsWith(typed, StringComparison.OrdinalIgnoreCase) ? 1
        : string.Concat(name.Where(char.IsUpper)).StartsWith(typed, StringComparison.Ordinal) ? 2
        : typed.Length > 2 && name.Contains(typed, StringComparison.OrdinalIgnoreCase) ? 3
        : int.MaxValue;

    private static string KindOf(Microsoft.CodeAnalysis.Completion.CompletionItem item) => item.Tags.FirstOrDefault() switch
    {
        WellKnownTags.ExtensionMethod => "method",
        WellKnownTags.Structure => "struct",
        WellKnownTags.Local or WellKnownTags.RangeVariable => "variable",
        WellKnownTags.EnumMember or WellKnownTags.Constant => "constant",
        { } tag => char.ToLowerInvariant(tag[0]) + tag[1..],
        null => "text",
    };
}
