using Xunit.Sdk;
using Xunit.v3;

// A collection of garbage that another test causes may free a number that libtorch still reads; see TorchRuntime.
[assembly: Parallelization(Mode = ParallelMode.None)]
