using Nestor.Cli.Commands;
using Nestor.Models;

namespace Nestor.Cli.Tests;

/// <summary>Measurements that an experiment keeps.</summary>
public sealed class LossLogTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();
    private int measured;

    public void Dispose() => File.Delete(path);

    [Fact]
    public void What_is_kept_is_not_measured_again()
    {
        Assert.Equal([1.5, 2], Log("a").Windows(new WidthPlan(3, 4)));
        var again = Log("a");
        Assert.Equal([1.5, 2], again.Windows(new WidthPlan(3, 4)));
        Assert.True(again.Seconds(new WidthPlan(3, 4)) >= 0);
        Assert.Equal(1, measured);
    }

    [Theory]
    [InlineData("b", 2)]
    [InlineData("a", 3)]
    public void Another_measurement_is_not_taken_for_this_one(string key, int windows)
    {
        Log("a").Windows(new WidthPlan(3, 4));
        Log(key, windows).Windows(new WidthPlan(3, 4));
        Assert.Equal(2, measured);
    }

    [Theory]
    [InlineData("{\"Key\":\"a\",\"Plan\":\"3,4\",\"Sec")]
    [InlineData("{\"Key\":\"a\",\"Plan\":null,\"Seconds\":1,\"Nats\":[1,2]}")]
    [InlineData("null")]
    [InlineData("[]")]
    public void A_line_that_is_not_whole_is_passed_over(string line)
    {
        File.WriteAllText(path, line);
        Log("a").Windows(new WidthPlan(3, 4));
        Assert.Equal(1, measured);
        Log("a").Windows(new WidthPlan(3, 4));
        Assert.Equal(1, measured);
    }

    private LossLog Log(string key, int windows = 2) => new(path, key, windows, _ =>
    {
        measured++;
        return [1.5, 2];
    });
}
