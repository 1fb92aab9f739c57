using System.Text.Json;

namespace Nestor.Cli.Tests;

/// <summary>Speeds for people and for programs.</summary>
public sealed class BenchTests(TrainedModel model)
{
    private string[] Short => ["bench", model.Folder, "--prompt", "4", "--generate", "2", "--rounds", "1"];

    [Fact]
    public void Speeds_are_measured_at_every_granularity_type_and_thread_count()
    {
        var outcome = NestorProcess.Run([.. Short, "--type", "q8,f32", "--threads", "1,2", "--json"]);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        using var json = JsonDocument.Parse(outcome.Output);
        var rows = json.RootElement.EnumerateArray().Select(row => (row.GetProperty("type").GetString(), row.GetProperty("threads").GetInt32(), row.GetProperty("plan").GetString()));
        Assert.Equal(from type in (string[])["q8", "f32"] from threads in (int[])[1, 2] from plan in (string[])["S", "M", "L", "XL"] select (type, threads, plan), rows);
        Assert.All(json.RootElement.EnumerateArray(), row =>
        {
            foreach (var figure in (string[])["prefill_tokens_per_second", "decode_tokens_per_second", "bytes_per_token", "read_bytes_per_second", "bandwidth_share"])
                Assert.True(row.GetProperty(figure).GetDouble() > 0, figure);
        });
    }

    [Fact]
    public void People_get_a_table_and_the_read_speed()
    {
        var outcome = NestorProcess.Run([.. Short, "--plan", "S*2,M*2", "--threads", "1"]);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Single(outcome.Output.Split('\n'), line => line.TrimStart().StartsWith("S*2,M*2 ", StringComparison.Ordinal));
        Assert.DoesNotContain("XL ", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("Read speed of memory on 1 thread: ", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', outcome.Output);
    }

    [Theory]
    [InlineData("512", "--prompt", "512")]
    [InlineData("rounds", "--rounds", "0")]
    [InlineData("99999", "--plan", "99999")]
    public void What_the_model_cannot_do_is_explained(string told, string option, string value) =>
        NestorProcess.Run("bench", model.Folder, option, value).AssertFailed(told);
}
