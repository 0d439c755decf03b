using Lectern.Host.Engine;

namespace Lectern.Host.Languages;

internal sealed class LanguageServices(Polyglot languages) : IDisposable
{
    public Task<CompletionResult> CompleteAsync(string code, int position, CancellationToken cancellation) =>
        Task.FromResult(new CompletionResult(position, position, []));

    public Task<MimeBundle?> InspectAsync(string code, int position, CancellationToken cancellation) =>
        Task.FromResult<MimeBundle?>(null);

    public void Dispose() => _ = languages;
}
