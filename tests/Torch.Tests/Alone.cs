namespace Torch.Tests;

/// <summary>Tests that nothing may run beside: they seed the process's generator or count its tensors.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
