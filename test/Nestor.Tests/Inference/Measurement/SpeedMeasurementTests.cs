using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Models;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Inference.Measurement;

public sealed class SpeedMeasurementTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_combination_of_type_threads_and_plan_is_measured_in_every_round()
    {
        using var checkpoint = Model();
        var options = new SpeedOptions
        {
            Plans = [WidthPlan.Uniform(4, 3), new WidthPlan(16, 8, 4)],
            Types = [WeightType.BF16, WeightType.Q8],
            Threads = [1, 2],
            PromptTokens = 7,
            GeneratedTokens = 3,
            Rounds = 2,
        };
        var speeds = SpeedMeasurement.Run(checkpoint, options);
        Assert.Equal(
            from type in options.Types from threads in options.Threads from plan in options.Plans select (type!.Value, threads, plan),
            speeds.Select(speed => (speed.Type, speed.Threads, speed.Plan)));
        Assert.All(speeds, speed =>
        {
            Assert.All([speed.Prefill, speed.Decode, speed.Bandwidth], samples => Assert.True(samples.Count == 2 && samples.Least > 0 && double.IsFinite(samples.Most)));
            Assert.Equal(MeasureClock.For(speed.Threads).Name, speed.Clock);
            Assert.Equal(speed.Decode.Median * speed.BytesPerToken / speed.Bandwidth.Median, speed.BandwidthShare, precision: 12);
        });
    }

    [Fact]
    public void Without_a_type_the_folder_decides()
    {
        using var checkpoint = Model();
        var speed = Assert.Single(SpeedMeasurement.Run(checkpoint, new SpeedOptions { Plans = [checkpoint.Config.FullWidths], PromptTokens = 2, GeneratedTokens = 1, Rounds = 1 }));
        Assert.Equal(WeightType.F32, speed.Type);
    }

    [Fact]
    public void All_that_cannot_be_measured_is_told_at_once()
    {
        using var checkpoint = Model();
        var options = new SpeedOptions { Plans = [checkpoint.Config.FullWidths], Threads = [0], PromptTokens = 33, GeneratedTokens = 0, Rounds = -1 };
        Errors.AreOneLineWith(() => SpeedMeasurement.Run(checkpoint, options), "33", "32", "generation of 0", "rounds is -1", "threads is 0");
        Errors.AreOneLineWith(() => SpeedMeasurement.Run(checkpoint, options with { Threads = [1], PromptTokens = 1, GeneratedTokens = 1, Rounds = 1, Plans = [WidthPlan.Uniform(17, 3)] }), "17");
    }

    [Fact]
    public void A_measurement_can_be_stopped()
    {
        using var checkpoint = Model();
        var options = new SpeedOptions { Plans = [checkpoint.Config.FullWidths], PromptTokens = 1, GeneratedTokens = 1 };
        Assert.Throws<OperationCanceledException>(() => SpeedMeasurement.Run(checkpoint, options, new CancellationToken(canceled: true)));
    }

    private Checkpoint Model()
    {
        Formats.RandomModel.Write(folder.File("model"), Formats.RandomModel.Config());
        return Checkpoint.Open(folder.File("model"));
    }
}
