using System.Text.Json;

namespace Nestor.Cli.Tests;

/// <summary>Plans for budgets, from the profile to the slice.</summary>
public sealed class PlanTests(TrainedModel model)
{
    private string[] Short => ["plan", model.Folder, "--text", model.Text, "--tokens", "300"];

    [Theory]
    [InlineData("paper")]
    [InlineData("measured")]
    [InlineData("evolution")]
    public void A_plan_fits_its_budget_is_measured_and_can_be_cut(string rule)
    {
        var outcome = NestorProcess.Run([.. Short, "--budget", "70%", "--rule", rule, "--json"]);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        using var json = JsonDocument.Parse(outcome.Output);
        var found = json.RootElement;
        var plan = found.GetProperty("plan").GetString()!;
        Assert.True(found.GetProperty("parameters").GetInt64() <= found.GetProperty("limit").GetDouble());
        Assert.InRange(found.GetProperty("nats_per_token").GetDouble(), 1, 8);
        Assert.InRange(found.GetProperty("evaluations").GetInt32(), 2, 4 * 3 + 10);
        Assert.Contains(found.GetProperty("measured").EnumerateArray(), row => row.GetProperty("plan").GetString() == plan);

        var slice = model.Path($"planned-{rule}");
        Assert.Equal(0, NestorProcess.Run("slice", model.Folder, "--plan", plan, "--out", slice).ExitCode);
        using var again = JsonDocument.Parse(NestorProcess.Run("eval", slice, "--text", model.Text, "--tokens", "300", "--json").Output);
        var cut = again.RootElement.EnumerateArray().Last();
        Assert.Equal(found.GetProperty("parameters").GetInt64(), cut.GetProperty("parameters").GetInt64());
        Assert.Equal(found.GetProperty("nats_per_token").GetDouble(), cut.GetProperty("nats_per_token").GetDouble(), 1e-3);
    }

    [Fact]
    public void People_see_the_frontier_and_get_a_page_that_needs_nothing_else()
    {
        var folder = model.Path("plan");
        var outcome = NestorProcess.Run([.. Short, "--budget", "300KB", "--type", "q8", "--out", folder]);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.DoesNotContain('\e', outcome.Output);
        var plan = File.ReadAllText(Path.Combine(folder, "plan.txt")).Trim();
        Assert.Contains($"\nplan: {plan}\n", outcome.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Single(outcome.Output.Split('\n'), line => line.TrimStart().StartsWith("> ", StringComparison.Ordinal));
        var page = File.ReadAllText(Path.Combine(folder, "plan.html"));
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.Contains($"<h1>{plan}</h1>", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("<script|(src|href)=|url\\((?!#)|@import", page);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "plan.json")));
        Assert.InRange(json.RootElement.GetProperty("bytes").GetProperty("q8").GetInt64(), 1, 300_000);

        NestorProcess.Run([.. Short, "--budget", "300KB", "--out", folder]).AssertFailed("--force");
        Assert.Equal(0, NestorProcess.Run([.. Short, "--budget", "60%", "--rule", "paper", "--out", folder, "--force"]).ExitCode);
    }

    [Fact]
    public void Milliseconds_are_those_of_a_profile()
    {
        var table = model.Path("costs.json");
        string[] profile = ["profile", model.Folder, "--threads", "1", "--rounds", "3", "--generate", "16", "--out", table];
        var outcome = NestorProcess.Run(profile);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Contains("largest error", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(0, NestorProcess.Run(profile).ExitCode);

        using var costs = JsonDocument.Parse(File.ReadAllText(table));
        double Layers(int width) => costs.RootElement.GetProperty("layers").EnumerateArray().Sum(layer => layer.GetProperty("ms")[width].GetDouble());
        var (narrow, wide) = (costs.RootElement.GetProperty("fixed_ms").GetDouble() + Layers(0), costs.RootElement.GetProperty("fixed_ms").GetDouble() + Layers(3));
        var most = Math.Max(narrow, wide);
        var planned = NestorProcess.Run([.. Short, "--costs", table, "--budget", FormattableString.Invariant($"{most:F6}ms"), "--json"]);
        Assert.True(planned.ExitCode == 0, planned.Errors);
        using var json = JsonDocument.Parse(planned.Output);
        Assert.InRange(json.RootElement.GetProperty("milliseconds_per_token").GetDouble(), 0, most + 1e-6);

        NestorProcess.Run([.. Short, "--budget", "12ms"]).AssertFailed("nestor profile");
        NestorProcess.Run([.. Short, "--budget", "99999ms", "--costs", table]).AssertFailed("ms to");
        NestorProcess.Run([.. Short, "--budget", "60%", "--costs", table, "--type", "q8"]).AssertFailed("F32");
        NestorProcess.Run("profile", model.Folder, "--out", model.Text).AssertFailed("no cost table");
    }

    [Theory]
    [InlineData("1%", "to 100%")]
    [InlineData("1B", "above the whole model")]
    [InlineData("1KB", "KB to ")]
    [InlineData("small", "is not a budget")]
    public void A_budget_that_cannot_be_is_explained(string budget, string told) => NestorProcess.Run([.. Short, "--budget", budget]).AssertFailed(told);

    [Fact]
    public void The_same_seed_gives_the_same_evolution()
    {
        string[] arguments = [.. Short, "--budget", "70%", "--rule", "evolution", "--evaluations", "7", "--seed", "5", "--json"];
        var first = NestorProcess.Run(arguments);
        Assert.Equal(0, first.ExitCode);
        Assert.Equal(first.Output, NestorProcess.Run(arguments).Output);
    }

    [Fact]
    public void The_comparison_of_rules_goes_on_where_it_stopped_and_writes_the_same_page()
    {
        var (work, output) = (model.Path("mixnmatch-work"), model.Path("mixnmatch-out"));
        string[] arguments =
        [
            "reproduce", "mixnmatch", "--text", model.Text, "--work", work, "--out", output, "--preset", "tiny", "--steps", "2", "--batch", "2",
            "--budgets", "60%", "--choose-tokens", "128", "--judge-tokens", "256",
        ];
        var outcome = NestorProcess.Run(arguments);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        var page = File.ReadAllText(Path.Combine(output, "mixnmatch.md"));
        foreach (var told in new[] { "| programme |", "| measured |", "| evolution |", "| evolution, seed 3 |", "| longer evolution |", "| S*2,M*2 |", "mixnmatch.png" })
            Assert.Contains(told, page, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(output, "mixnmatch.png")));

        var log = Path.Combine(work, "mixnmatch", "judge.jsonl");
        var kept = File.ReadAllText(log);
        File.WriteAllText(log, kept[..^40]);
        Assert.Equal(0, NestorProcess.Run(arguments).ExitCode);
        Assert.Equal(page, File.ReadAllText(Path.Combine(output, "mixnmatch.md")));
        Assert.Equal(1 + kept.Count(c => c == '\n'), File.ReadAllText(log).Count(c => c == '\n'));
    }
}
