using System.Globalization;
using Nestor.Inference.Kernels;

namespace Nestor.Tests.Inference.Kernels;

public sealed class SecondLevelCacheTests
{
    private const string Folder = "/sys/devices/system/cpu/cpu0/cache/index2/";

    [Fact]
    public void The_processor_says_of_its_second_level_cache_what_the_system_says()
    {
        Assert.SkipUnless(File.Exists(Folder + "size") && File.ReadAllText(Folder + "level").Trim() == "2", "The system does not tell of caches.");
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.X86Base.IsSupported, "Only these processors are asked.");
        var kilobytes = long.Parse(File.ReadAllText(Folder + "size").Trim().TrimEnd('K'), CultureInfo.InvariantCulture);
        Assert.Equal(kilobytes << 10, SecondLevelCache.Detect());
    }

    [Fact]
    public void An_unlikely_size_is_not_believed() => Assert.InRange(SecondLevelCache.Bytes, 512 << 10, 2 << 20);
}
