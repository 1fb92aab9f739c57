using Nestor.Inference;
using Nestor.MixNMatch;

namespace Nestor.Tests.MixNMatch;

public sealed class LossDifferenceTests
{
    [Fact]
    public void The_difference_is_that_of_the_means_and_its_error_that_of_the_windows()
    {
        // Differences 1, 2, 3, 6 over windows of 10: mean 3, variance 14 / 3, error of the mean sqrt(14 / 3 / 4).
        var difference = LossDifference.Of([11, 22, 33, 46], [10, 20, 30, 40], predictions: 40);
        Assert.Equal(0.3, difference.Mean, 1e-12);
        Assert.Equal(Math.Sqrt(14 / 3.0 / 4) / 10, difference.StandardError, 1e-12);
    }

    [Fact]
    public void A_plan_does_not_differ_from_itself() =>
        Assert.Equal(new LossDifference(0, 0), LossDifference.Of([5, 6, 7], [5, 6, 7], predictions: 3));

    [Fact]
    public void Windows_that_cannot_be_paired_are_refused()
    {
        Assert.Throws<ArgumentException>(() => LossDifference.Of([1, 2], [1], 2));
        Assert.Throws<ArgumentException>(() => LossDifference.Of([1], [1], 1));
    }

    [Fact]
    public void The_windows_of_a_loss_add_up_to_it()
    {
        using var model = new Inference.RandomModel(Inference.RandomModel.Small);
        var loss = new DecoderLoss(Decoder.Load(model.Checkpoint), Inference.RandomModel.Tokens(45), windowLength: 20);
        var windows = loss.MeasureWindows(model.Config.FullWidths);
        Assert.Equal(3, windows.Length);
        Assert.Equal(loss.Measure(model.Config.FullWidths), windows.Sum() / 44);
    }
}
