using CsCheck;
using Nestor.Training.Sensing;
using static Nestor.Training.Tests.Sensing.SensingShapes;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Sensing;

public sealed class RotationTests
{
    [Fact]
    public void A_rotation_keeps_the_product_and_makes_the_columns_orthogonal_from_long_to_short() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20], Gen.Long[1, 1 << 30]).Sample((rows, columns, seed) =>
        {
            using var scope = NewDisposeScope();
            var factor = Gaussian(rows, columns, seed);
            var turned = ColumnRotation.Apply(factor);
            Assert.InRange((Product(turned) - Product(factor)).abs().max().item<double>(), 0, 1e-12 * rows * columns);
            var gram = turned.t().mm(turned);
            Assert.InRange((gram - diag(gram.diagonal())).abs().max().item<double>(), 0, 1e-12 * rows * columns);
            Assert.Equal(ColumnNorms.Descending(turned), ColumnNorms.Of(turned), (a, b) => Math.Abs(a - b) < 1e-12);
        }, iter: 100);
}
