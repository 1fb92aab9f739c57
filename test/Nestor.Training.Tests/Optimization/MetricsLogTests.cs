using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Tests.Data;

namespace Nestor.Training.Tests.Optimization;

public sealed class MetricsLogTests
{
    [Theory]
    [InlineData(12_345.678)]
    [InlineData(0.0321)]
    [InlineData(1e-7)]
    public void A_step_of_any_speed_counts_with_its_time(double speed)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Path("metrics.jsonl");
        using (var log = MetricsLog.Open(path, afterStep: 0))
        {
            log.Write(new TrainingProgress(1, 2, 64, [new GranularityLoss("XL", 2)], 1e-3, 1, speed));
            log.Write(new TrainingProgress(2, 2, 128, [new GranularityLoss("XL", 1)], 1e-3, 1, 64));
        }

        var totals = MetricsLog.Read(path);
        Assert.Equal((2, 128), (totals.Steps, totals.Tokens));
        Assert.Equal(1 + 64 / speed, totals.Time.TotalSeconds, (1 + 64 / speed) * 1e-4);
    }

    [Fact]
    public void A_step_without_speed_is_damage()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Path("metrics.jsonl");
        File.WriteAllText(path, """{"step":1,"tokens":64,"loss":{"XL":2},"tokens_per_second":0}""" + "\n");
        Assert.Contains("metrics.jsonl", Assert.Throws<NestorException>(() => MetricsLog.Read(path)).Message, StringComparison.Ordinal);
    }
}
