using CsCheck;
using Nestor.Training.Robustness.Certification;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Tests.Robustness.Certification;

public sealed class IntervalTests
{
    private const double Rounding = 1e-4;

    [Fact]
    public void Whatever_goes_in_comes_out_within_the_bounds() =>
        Gen.Select(Gen.Int[1, 999], Gen.Double[0, 0.5]).Sample((seed, epsilon) =>
        {
            TorchRuntime.EnsureLoaded();
            using var scope = NewDisposeScope();
            var network = new Network(seed);
            var images = rand([3, 2, 8, 8], generator: network.Random);
            var bounds = network.Bounds(Interval.Around(images, epsilon));
            for (var i = 0; i < 20; i++)
            {
                var moved = (images + (rand(images.shape, generator: network.Random) * 2 - 1).sign() * epsilon).clamp(0, 1);
                var scores = network.Scores(moved);
                Assert.True((bounds.Upper - scores).min().item<float>() > -Rounding);
                Assert.True((scores - bounds.Lower).min().item<float>() > -Rounding);
            }
        }, iter: 20);

    [Fact]
    public void Margins_are_no_looser_than_the_difference_of_bounds_and_hold_for_every_image() =>
        Gen.Select(Gen.Int[1, 999], Gen.Double[0, 0.3]).Sample((seed, epsilon) =>
        {
            TorchRuntime.EnsureLoaded();
            using var scope = NewDisposeScope();
            var network = new Network(seed);
            var images = rand([3, 2, 8, 8], generator: network.Random);
            var labels = tensor(new long[] { 0, 2, 4 });
            var worst = network.Hidden(Interval.Around(images, epsilon)).WorstMargins(network.Last, network.LastBias, labels);
            var bounds = network.Bounds(Interval.Around(images, epsilon));
            var loose = bounds.Upper - bounds.Lower.gather(1, labels.unsqueeze(1));
            Assert.True((loose - worst).min().item<float>() > -Rounding);
            Assert.True(worst.gather(1, labels.unsqueeze(1)).abs().max().item<float>() < Rounding);
            for (var i = 0; i < 20; i++)
            {
                var scores = network.Scores((images + (rand(images.shape, generator: network.Random) * 2 - 1) * epsilon).clamp(0, 1));
                Assert.True((worst - (scores - scores.gather(1, labels.unsqueeze(1)))).min().item<float>() > -Rounding);
            }
        }, iter: 20);

    [Fact]
    public void A_box_without_width_gives_the_scores_themselves()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var network = new Network(seed: 1);
        var images = rand([3, 2, 8, 8], generator: network.Random);
        var bounds = network.Bounds(Interval.Around(images, 0));
        Assert.True((bounds.Lower - network.Scores(images)).abs().max().item<float>() < Rounding);
        Assert.Equal(0, bounds.Radius.max().item<float>());
    }

    private sealed class Network
    {
        private readonly Tensor filters, filtersBias, matrix, matrixBias;

        public Network(int seed)
        {
            Random = new Generator((ulong)seed, CPU);
            (filters, filtersBias) = (randn([4, 2, 3, 3], generator: Random), randn([4], generator: Random));
            (matrix, matrixBias) = (randn([6, 16], generator: Random), randn([6], generator: Random));
            (Last, LastBias) = (randn([5, 6], generator: Random), randn([5], generator: Random));
        }

        public Generator Random { get; }

        public Tensor Last { get; }

        public Tensor LastBias { get; }

        public Tensor Scores(Tensor images) => linear(
            relu(linear(max_pool2d(relu(conv2d(images, filters, filtersBias, [2, 2], [1, 1])), [2, 2]).flatten(1), matrix, matrixBias)), Last, LastBias);

        public Interval Hidden(Interval images) => images
            .Convolution(filters, filtersBias, stride: 2, padding: 1).Monotone(x => relu(x))
            .Monotone(x => max_pool2d(x, [2, 2])).Reshape(x => x.flatten(1))
            .Linear(matrix, matrixBias).Monotone(x => relu(x));

        public Interval Bounds(Interval images) => Hidden(images).Linear(Last, LastBias);
    }
}
