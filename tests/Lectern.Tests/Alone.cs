namespace Lectern.Tests;

/// <summary>
/// Tests that nothing may run beside: they seed the process's random numbers, count its tensors, or cancel its work.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
