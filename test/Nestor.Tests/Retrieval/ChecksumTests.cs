using CsCheck;
using Nestor.Retrieval;

namespace Nestor.Tests.Retrieval;

public sealed class ChecksumTests
{
    /// <summary>RFC 3720, appendix B.4.</summary>
    [Fact]
    public void It_is_the_published_CRC_32C()
    {
        Assert.Equal(0xE3069283, Checksum.Append(Checksum.Empty, "123456789"u8));
        Assert.Equal(0x8A9136AA, Checksum.Append(Checksum.Empty, new byte[32]));
        Assert.Equal(0x46DD794Eu, Checksum.Append(Checksum.Empty, [.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
    }

    [Fact]
    public void It_grows_in_any_parts() => Gen.Select(Gen.Byte.Array[0, 50], Gen.Byte.Array[0, 50]).Sample((first, second) =>
        Checksum.Append(Checksum.Append(Checksum.Empty, first), second) == Checksum.Append(Checksum.Empty, [.. first, .. second]));
}
