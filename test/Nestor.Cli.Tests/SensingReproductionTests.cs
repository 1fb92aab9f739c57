namespace Nestor.Cli.Tests;

/// <summary>The experiments of the group-lasso paper, the shortest of them.</summary>
public sealed class SensingReproductionTests(TrainedModel model)
{
    [Fact]
    public void A_chosen_experiment_writes_its_table_and_picture_and_is_not_run_again()
    {
        var (work, output) = (model.Path("sensing-work"), model.Path("sensing-results"));
        string[] arguments = ["reproduce", "sensing", "--quick", "--only", "E10,e6", "--remark", "in miniature", "--work", work, "--out", output];
        var first = NestorProcess.Run(arguments);
        Assert.True(first.ExitCode == 0, first.Errors);
        Assert.Contains("E10: done in ", first.Output, StringComparison.Ordinal);
        var page = File.ReadAllText(Path.Combine(output, "sensing.md"));
        Assert.All(["## E6. Leaving a saddle", "| 0, perturbed descent | 3 | ", "## E10. ", "![Fine-tuning converges at a linear rate](sensing-rate.png)", "A short run", "in miniature"], text => Assert.Contains(text, page, StringComparison.Ordinal));
        Assert.DoesNotContain(work, page, StringComparison.Ordinal);
        Assert.Equal("PNG", System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(Path.Combine(output, "sensing-rate.png")), 1, 3));

        var again = NestorProcess.Run(arguments);
        Assert.Equal(0, again.ExitCode);
        Assert.DoesNotContain("done in", again.Output, StringComparison.Ordinal);
        Assert.Equal(page, File.ReadAllText(Path.Combine(output, "sensing.md")));
    }

    [Fact]
    public void Wrong_use_is_told_before_any_work()
    {
        string[] places = ["--work", model.Path("no-work"), "--out", model.Path("no-results")];
        NestorProcess.Run(["reproduce", "sensing", "--only", "E14", .. places]).AssertFailed("'E14' is no experiment");
        NestorProcess.Run(["reproduce", "sensing", "--threads", "0", .. places]).AssertFailed("0 threads");
        Assert.False(Directory.Exists(model.Path("no-results")));
    }

    [Fact]
    public void A_damaged_result_is_named()
    {
        var work = Directory.CreateDirectory(model.Path("damaged-work")).FullName;
        File.WriteAllText(Path.Combine(work, "E6-quick.json"), "{");
        NestorProcess.Run(["reproduce", "sensing", "--quick", "--only", "E6", "--work", work, "--out", model.Path("damaged-results")]).AssertFailed("is no result of an experiment");
    }
}
