// A collection of garbage that another test causes may free a number that libtorch still reads; see TorchRuntime.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
