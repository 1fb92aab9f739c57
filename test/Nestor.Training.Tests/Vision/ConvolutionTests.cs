using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Vision;

public sealed class ConvolutionTests
{
    [Theory]
    [InlineData(1, 4, 3, 1)]
    [InlineData(3, 8, 3, 1)]
    [InlineData(1, 8, 4, 4)]
    [InlineData(4, 20, 3, 2)]
    [InlineData(16, 16, 1, 1)]
    public void Gradients_are_the_same_whatever_memory_held_before(int read, int channels, int kernel, int stride)
    {
        using var images = randn(8, read, 12, 12).requires_grad_(true);
        using var filters = randn(channels, read, kernel, kernel).requires_grad_(true);
        using var bias = randn(channels).requires_grad_(true);
        using var first = Gradients(images, filters, bias, stride);
        for (var i = 0; i < 50; i++)
        {
            Spoil(8 * channels * 12 * 12, channels * read * kernel * kernel, 16 * 8 * 12 * 12);
            using var again = Gradients(images, filters, bias, stride);
            Assert.True(first.equal(again).all().item<bool>());
        }
    }

    [Fact]
    public void It_is_the_convolution_in_double_precision()
    {
        using var images = randn(2, 3, 7, 7);
        using var filters = randn(5, 3, 3, 3);
        using var bias = randn(5);
        using var expected = nn.functional.conv2d(images.to(ScalarType.Float64), filters.to(ScalarType.Float64), bias.to(ScalarType.Float64), [2, 2], [1, 1]);
        using var result = Convolution.Of(images, filters, bias, stride: 2, padding: 1);
        Assert.Equal(expected.shape, result.shape);
        Assert.True((result - expected).abs().max().item<double>() < 1e-4);
    }

    private static Tensor Gradients(Tensor images, Tensor filters, Tensor bias, int stride)
    {
        using var scope = NewDisposeScope();
        var gradients = autograd.grad([Convolution.Of(images, filters, bias, stride, filters.shape[2] / 2).square().sum()], [images, filters, bias]);
        return cat([.. gradients.Select(gradient => gradient.flatten())]).MoveToOuterDisposeScope();
    }

    // Leaves what is not a number in memory that is free.
    private static void Spoil(params int[] sizes)
    {
        foreach (var size in sizes)
        {
            var spoilt = Enumerable.Range(0, 8).Select(_ => full([size], float.NaN)).ToList();
            spoilt.ForEach(tensor => tensor.Dispose());
        }
    }
}
