namespace Nestor.Cli.Tests;

/// <summary>Experiments on the models of one work folder, in miniature.</summary>
public sealed class ReproduceTests(TrainedModel model)
{
    [Fact]
    public void Consistency_and_tasks_train_what_is_missing_once_and_write_their_pages()
    {
        var (work, output, tasks) = (model.Path("work"), model.Path("results"), Directory.CreateDirectory(model.Path("tasks")).FullName);
        string[] training = ["--text", model.Text, "--preset", "tiny", "--steps", "2", "--batch", "2", "--work", work, "--out", output];
        var consistency = NestorProcess.Run(["reproduce", "consistency", "--positions", "600", "--texts", "4", "--remark", "in miniature", .. training]);
        Assert.True(consistency.ExitCode == 0, consistency.Errors);
        Assert.Contains("XL: ", consistency.Output, StringComparison.Ordinal);
        var page = File.ReadAllText(Path.Combine(output, "consistency.md"));
        Assert.All(["| S | ", "| M*2,L*2 | ", "| XL | ", "| L alone | XL alone | ", "| S alone | MatLM's XL | ", "in miniature", "--work work"], text => Assert.Contains(text, page, StringComparison.Ordinal));
        Assert.DoesNotContain(work, page, StringComparison.Ordinal);
        Assert.Equal("PNG", System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(Path.Combine(output, "consistency.png")), 1, 3));

        File.WriteAllLines(Path.Combine(tasks, "copa.jsonl"), Enumerable.Range(0, 9).Select(i => $"{{\"query\":\"a small {i}\",\"choices\":[\"ba ce\",\"di fo {i}\"],\"gold\":{i % 2}}}"));
        string[] measuring = ["reproduce", "tasks", "--task-folder", tasks, "--tasks", "copa", .. training];
        var measured = NestorProcess.Run(measuring);
        Assert.True(measured.ExitCode == 0, measured.Errors);
        Assert.DoesNotContain("step", measured.Output, StringComparison.Ordinal);
        page = File.ReadAllText(Path.Combine(output, "tasks.md"));
        Assert.All(["| model | copa (9) |", "| MatLM S | ", "| XL alone | ", "| 3-gram | ", "| a blind choice | 50.00 |"], text => Assert.Contains(text, page, StringComparison.Ordinal));

        var scores = File.ReadAllText(Path.Combine(work, "tasks.jsonl"));
        Assert.Equal(0, NestorProcess.Run(measuring).ExitCode);
        Assert.Equal(scores, File.ReadAllText(Path.Combine(work, "tasks.jsonl")));
        Assert.Equal(page, File.ReadAllText(Path.Combine(output, "tasks.md")));
    }

    [Fact]
    public void Impossible_measures_are_told_before_any_training()
    {
        string[] training = ["--text", model.Text, "--work", model.Path("never")];
        NestorProcess.Run(["reproduce", "consistency", "--texts", "1", "--positions", "0", "--temperature", "0", .. training]).AssertFailed("positions is 0");
        NestorProcess.Run(["reproduce", "tasks", "--task-folder", "x", "--tasks", "copa,none", .. training]).AssertFailed("'none'");
        Assert.False(Directory.Exists(model.Path("never")));
    }

    [Fact(Explicit = true)]
    [Trait("Category", "Slow")]
    public void Pruning_a_language_model_measures_every_way_once_and_writes_its_page()
    {
        var (work, output) = (model.Path("pruning-work"), model.Path("pruning-results"));
        string[] arguments = ["reproduce", "pruning", "--text", model.Text, "--text-steps", "2", "--text-prune-steps", "2", "--text-tune-steps", "2", "--text-nest-steps", "2", "--text-batch", "2", "--text-tokens", "400", "--threads", "1", "--work", work, "--out", output];
        var outcome = NestorProcess.Run(arguments);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        var page = File.ReadAllText(Path.Combine(output, "pruning-text.md"));
        Assert.All(["| magnitude | ", "| decay to the width | ", "| natural order | 0 | ", "| nested from scratch | "], text => Assert.Contains(text, page, StringComparison.Ordinal));
        Assert.All(["pruning-text.png", "pruning-text-nest.png"], picture => Assert.Equal("PNG", System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(Path.Combine(output, picture)), 1, 3)));
        var again = NestorProcess.Run(arguments);
        Assert.DoesNotContain("step 1/", again.Output, StringComparison.Ordinal);
        Assert.Equal(page, File.ReadAllText(Path.Combine(output, "pruning-text.md")));
    }
}
