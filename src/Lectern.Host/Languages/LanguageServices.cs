using Lectern.Host.Engine;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Completion;
using Microsoft.CodeAnalysis.Tags;
using Microsoft.CodeAnalysis.Text;
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
    public async Task<CompletionResult> CompleteAsync(Draft draft, int position, CancellationToken cancellation)
    {
        position = Math.Clamp(position, 0, draft.Code.Length);
        if (DirectiveCompletion.Of(draft.Code, position, languages) is { } directive)
        {
            return directive;
        }
        return MaskedCell.Of(draft.Code, position).Language == Polyglot.FSharp
            ? CompleteFSharp(draft.Code, position)
            : await AskAsync(draft, position, (document, _, _) => CompleteCSharpAsync(document, position, cancellation), cancellation)
                .ConfigureAwait(false) ?? new CompletionResult(position, position, []);
    }

    /// <summary>The signature and the documentation of the name at a place, or of what is called there; null where nothing is known.</summary>
    public Task<SymbolHelp?> InspectAsync(Draft draft, int position, CancellationToken cancellation) =>
        AskAsync(draft, position, (_, root, model) => Task.FromResult(SymbolText.At(root, model, position, cancellation)), cancellation);

    /// <summary>The signatures of what is called around a place; null outside of a call's brackets.</summary>
    public Task<CallHelp?> SignaturesAsync(Draft draft, int position, CancellationToken cancellation) =>
        AskAsync(draft, position, (_, root, model) => Task.FromResult(CallHelp.At(root, model, position, cancellation)), cancellation);

    /// <summary>What the compiler finds wrong with a cell.</summary>
    public async Task<IReadOnlyList<Problem>> ProblemsAsync(Draft draft, CancellationToken cancellation) =>
        await AskAsync(draft, null, (_, root, model) => Task.FromResult<IReadOnlyList<Problem>?>(Problem.Of(root, model, cancellation)), cancellation)
            .ConfigureAwait(false) ?? [];

    /// <summary>Where the name at a place is declared: in a cell, or in the kit's sources; null where neither is so.</summary>
    public Task<Place?> DefinitionAsync(Draft draft, int position, CancellationToken cancellation) =>
        AskAsync(draft, position, async (document, root, model) =>
        {
            var symbol = SymbolText.SymbolsAt(root, model, position, cancellation).FirstOrDefault();
            if (symbol?.Locations.FirstOrDefault(location => location.IsInSource) is not { SourceTree: { } tree } location)
            {
                return symbol is null ? null : SourcePlaces.Of(symbol, cancellation);
            }
            var lines = location.GetLineSpan().Span;
            if (tree == await document.GetSyntaxTreeAsync(cancellation).ConfigureAwait(false))
            {
                return new Place(null, draft.Before.Count, lines);
            }
            var code = (await tree.GetTextAsync(cancellation).ConfigureAwait(false)).ToString();
            // The cell may have been run as it is, or as a part between magics: its lines are where they were.
            var cell = draft.Before.ToList().FindLastIndex(above => Same(MaskedCell.Of(above, 0).Code, code));
            return cell < 0 ? null : new Place(null, cell, lines);
        }, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (workspace.IsValueCreated)
        {
            workspace.Value.Dispose();
        }
        gate.Dispose();
    }

    // The C# of a cell, after all that is known above it; nothing where the place is in another language.
    private async Task<T?> AskAsync<T>(
        Draft draft, int? position, Func<Document, SyntaxNode, SemanticModel, Task<T?>> question, CancellationToken cancellation)
        where T : class
    {
        var cell = MaskedCell.Of(draft.Code, Math.Clamp(position ?? 0, 0, draft.Code.Length));
        if (position is not null && cell.Language != Polyglot.CSharp)
        {
            return null;
        }
        await gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var compiled = languages.Main.Compiled;
            List<string> pending = [.. draft.Before.Select(above => MaskedCell.Of(above, 0).Code)
                .Where(above => !string.IsNullOrWhiteSpace(above) && !compiled.Cells.Any(ran => Same(above, ran)))];
            var document = workspace.Value.Open(compiled, pending, cell.Code);
            var model = await document.GetSemanticModelAsync(cancellation).ConfigureAwait(false);
            var root = await document.GetSyntaxRootAsync(cancellation).ConfigureAwait(false);
            return await question(document, root!, model!).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    // What ran has lost its directives, and what stands in a cell's other languages.
    private static bool Same(string cell, string ran)
    {
        static IEnumerable<string> Lines(string code) => code.Split('\n')
            .Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith('#'));
        return Lines(cell).SequenceEqual(Lines(ran));
    }

    private static async Task<CompletionResult?> CompleteCSharpAsync(Document document, int position, CancellationToken cancellation)
    {
        var code = (await document.GetTextAsync(cancellation).ConfigureAwait(false)).ToString();
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
