using CsCheck;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Models;

public sealed class CheckpointSliceTests
{
    private static readonly Gen<FeedForwardKind> Kinds = Gen.OneOf(FeedForwardKind.SwiGlu, FeedForwardKind.Gelu, FeedForwardKind.SquaredRelu);

    private static readonly Gen<TensorType> Types = Gen.OneOf(TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.F64);

    /// <summary>Full widths, a plan within them, and a plan within that.</summary>
    private static readonly Gen<(int[] Full, int[] Middle, int[] Small)> Nested =
        from full in Gen.Int[1, 20].Array[1, 4]
        from shares in Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1]).Array[full.Length]
        let middle = full.Zip(shares, (width, share) => Share(width, share.Item1)).ToArray()
        select (full, middle, middle.Zip(shares, (width, share) => Share(width, share.Item2)).ToArray());

    [Fact]
    public void A_slice_of_a_slice_is_the_smaller_slice() =>
        Gen.Select(Nested, Kinds, Types, Gen.Bool).Sample((widths, kind, type, tied) =>
        {
            using var folder = new TemporaryFolder();
            RandomModel.Write(folder.File("full"), RandomModel.Config(kind, tied, widths.Full), type);
            Slice(folder.File("full"), folder.File("middle"), widths.Middle);
            Slice(folder.File("middle"), folder.File("stepwise"), widths.Small);
            Slice(folder.File("full"), folder.File("direct"), widths.Small);
            foreach (var file in (string[])["config.json", "model.safetensors"])
                Assert.Equal(File.ReadAllBytes(Path.Combine(folder.File("direct"), file)), File.ReadAllBytes(Path.Combine(folder.File("stepwise"), file)));
        }, iter: 40);

    private static int Share(int width, double share) => Math.Max(1, (int)(width * share));

    private static void Slice(string from, string to, int[] widths)
    {
        using var checkpoint = Checkpoint.Open(from);
        checkpoint.Slice(new WidthPlan(widths)).Save(to);
    }
}
