using Nestor.Inference.Kernels;

namespace Nestor.Tests.Inference.Kernels;

public sealed class SecondLevelCacheTests
{
    [Theory]
    [InlineData(0x02006140, 512)] // Zen 3
    [InlineData(0x04006140, 1024)]
    [InlineData(0x08007040, 2048)] // Emerald Rapids
    public void A_processor_tells_its_size_in_kilobytes(int ecx, int kilobytes) =>
        Assert.Equal(kilobytes << 10, SecondLevelCache.Believable(ecx));

    [Theory]
    [InlineData(0, 512)]
    [InlineData(0x01006040, 512)]
    [InlineData(0x10006040, 2048)]
    [InlineData(-1, 2048)]
    public void An_unlikely_size_is_not_believed(int ecx, int kilobytes) =>
        Assert.Equal(kilobytes << 10, SecondLevelCache.Believable(ecx));
}
