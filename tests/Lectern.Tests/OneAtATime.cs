// One test at a time: they seed the process's one source of random numbers, count its tensors, cancel its work, and libtorch
// computes on all cores by itself.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
