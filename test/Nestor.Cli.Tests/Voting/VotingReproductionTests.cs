using Nestor.Cli.Voting;

namespace Nestor.Cli.Tests.Voting;

/// <summary><c>nestor reproduce voting</c>.</summary>
public sealed class VotingReproductionTests(TrainedModel model)
{
    [Fact]
    public void Impossible_experiments_are_told_before_any_training()
    {
        string[] work = ["--work", model.Path("never-voted")];
        NestorProcess.Run(["reproduce", "voting", "--settings", "shapes-5", .. work]).AssertFailed("'shapes-5' is not a setting");
        NestorProcess.Run(["reproduce", "voting", "--settings", "mnist-0.2", .. work]).AssertFailed("--mnist");
        NestorProcess.Run(["reproduce", "voting", "--points", "0", .. work]).AssertFailed("1 or more");
        Assert.False(Directory.Exists(model.Path("never-voted")));
    }

    [Fact]
    public void A_short_run_writes_its_page_and_is_read_back_when_it_runs_again()
    {
        var (work, output) = (model.Path("voted"), model.Path("voted-out"));
        string[] command = ["reproduce", "voting", "--quick", "--settings", "shapes-4", "--seeds", "1", "--work", work, "--out", output];
        var run = NestorProcess.Run(command);
        Assert.True(run.ExitCode == 0, run.Errors);
        var page = File.ReadAllText(Path.Combine(output, "voting.md"));
        Assert.Contains("A short try", page, StringComparison.Ordinal);
        Assert.Contains("| H5 |", page, StringComparison.Ordinal);
        Assert.All(PoolMember.Pool.Concat(PoolMember.Controls), member => Assert.Contains($"\n| {member.Name} |", page, StringComparison.Ordinal));

        File.Delete(Path.Combine(output, "voting.md"));
        var again = NestorProcess.Run(command);
        Assert.Equal(0, again.ExitCode);
        Assert.DoesNotContain("trained", again.Output, StringComparison.Ordinal);
        Assert.Equal(page, File.ReadAllText(Path.Combine(output, "voting.md")));
        NestorProcess.Run([.. command, "--control-seeds", "0"]).AssertFailed("of another size");

        var finished = Path.Combine(work, "quick", "runs", "shapes-4-seed-1.json");
        var whole = File.ReadAllText(finished);
        foreach (var (part, damaged) in new[] { ("\"Key\":\"shapes-4\"", "\"Key\":\"shapes-5\""), ("\"TestPoints\":30", "\"TestPoints\":31"), ("\"Curve\":[", "\"Curve\":[],\"Other\":["), ("\"Seed\":1", "\"Seed\":null") })
        {
            File.WriteAllText(finished, whole.Replace(part, damaged, StringComparison.Ordinal));
            Assert.NotEqual(whole, File.ReadAllText(finished));
            NestorProcess.Run(command).AssertFailed("delete");
        }
    }
}
