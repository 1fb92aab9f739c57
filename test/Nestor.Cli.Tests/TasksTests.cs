using System.Text.Json;

namespace Nestor.Cli.Tests;

/// <summary><c>nestor eval --tasks</c>.</summary>
public sealed class TasksTests : IDisposable
{
    private readonly TrainedModel model;
    private readonly string folder = Directory.CreateTempSubdirectory("nestor-cli-tasks-").FullName;

    public TasksTests(TrainedModel model)
    {
        this.model = model;
        File.WriteAllLines(At("lambada_openai.jsonl"), Enumerable.Range(0, 12).Select(i => $"{{\"context\":\"a small {i} ba\",\"continuation\":\"ce{i}\"}}"));
        File.WriteAllLines(At("copa.jsonl"), Enumerable.Range(0, 12).Select(i => $"{{\"query\":\"a small {i}\",\"choices\":[\"ba ce\",\"di fo {i}\"],\"gold\":{i % 2}}}").Append("{\"query\":5}"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Tasks_are_measured_at_every_granularity_or_the_plans_asked_for_and_in_counts()
    {
        var outcome = Eval("--tasks", "lambada,copa", "--shots", "1", "--ngrams", model.Text, "--json");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        using var json = JsonDocument.Parse(outcome.Output);
        var rows = json.RootElement.EnumerateArray().ToList();
        Assert.Equal(["S lambada", "S copa", "M lambada", "M copa", "L lambada", "L copa", "XL lambada", "XL copa", "3-gram lambada", "3-gram copa"], rows.Select(row => $"{row.GetProperty("plan").GetString()} {row.GetProperty("task").GetString()}"));
        Assert.All(rows, row => Assert.InRange(row.GetProperty("acc").GetProperty("value").GetDouble(), 0, 1));
        Assert.Equal(0.5, rows[1].GetProperty("chance").GetDouble());
        Assert.Equal(JsonValueKind.Null, rows[0].GetProperty("acc_norm").ValueKind);
        Assert.True(rows[0].GetProperty("perplexity").GetProperty("value").GetDouble() > 1);
        Assert.Contains("1 line of", outcome.ErrorLines[0], StringComparison.Ordinal);
        Assert.Contains("line 13: ", outcome.ErrorLines[0], StringComparison.Ordinal);

        var table = Eval("--tasks", "COPA", "--plan", "S*2,M*2", "--plan", "S", "--limit", "5");
        Assert.Equal(0, table.ExitCode);
        Assert.Equal(["S*2,M*2", "S"], table.Output.Split('\n').Where(line => line.Contains("copa", StringComparison.Ordinal)).Select(line => line.Trim().Split(' ')[0]));
    }

    [Fact]
    public void Kept_scores_are_not_measured_again_and_give_the_same_figures()
    {
        var scores = At("scores.jsonl");
        string[] arguments = ["--tasks", "copa", "--plan", "S", "--out", scores, "--json"];
        var first = Eval(arguments);
        Assert.Equal(0, first.ExitCode);
        var lines = File.ReadAllLines(scores);
        Assert.Equal(12, lines.Length);

        Eval(arguments).AssertFailed("--resume");
        File.WriteAllText(scores, string.Join('\n', lines[..7]) + "\n" + lines[7][..40]);
        var again = Eval([.. arguments, "--resume"]);
        Assert.Equal(first.Output, again.Output);
        Assert.Equal(lines, File.ReadAllLines(scores));
    }

    [Theory]
    [InlineData("'--task-folder'", "eval", "x", "--tasks", "piqa")]
    [InlineData("'--shots' is for tasks", "eval", "x", "--shots", "2")]
    [InlineData("'--out' is for tasks", "eval", "x", "--out", "y")]
    [InlineData("'--resume' needs '--out'", "eval", "x", "--tasks", "piqa", "--task-folder", "y", "--resume")]
    [InlineData("'--text' and '--tasks'", "eval", "x", "--tasks", "piqa", "--task-folder", "y", "--text", "z")]
    public void What_does_not_go_together_is_told(string told, params string[] arguments) => NestorProcess.Run(arguments).AssertMisused(told);

    [Fact]
    public void What_cannot_be_measured_is_told_and_leaves_no_file()
    {
        Eval("--tasks", "hellaswag").AssertFailed("lambada, piqa, arc_easy, boolq, copa, winogrande");
        Eval("--tasks", "piqa").AssertFailed("piqa.jsonl");
        Eval("--tasks", "copa", "--shots", "12").AssertFailed("11 others");
        Eval("--tasks", "copa", "--shots", "-1").AssertFailed("shots");
        Eval("--tasks", "copa", "--limit", "0", "--out", At("never.jsonl")).AssertFailed("limit");
        Eval("--tasks", "copa", "--plan", "XXL").AssertFailed("XXL");
        Assert.False(File.Exists(At("never.jsonl")));
    }

    private string At(string name) => Path.Combine(folder, name);

    private Outcome Eval(params string[] arguments) => NestorProcess.Run(["eval", model.Folder, "--task-folder", folder, .. arguments]);
}
