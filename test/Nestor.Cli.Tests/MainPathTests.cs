using System.Text.Json;

namespace Nestor.Cli.Tests;

/// <summary>What the tool is for, from training to text.</summary>
public sealed class MainPathTests(TrainedModel model)
{
    [Fact]
    public void Training_writes_a_model_metrics_and_a_checkpoint()
    {
        Assert.True(model.Training.ExitCode == 0, model.Training.Errors);
        Assert.True(File.Exists(Path.Combine(model.Folder, "config.json")));
        Assert.Equal(TrainedModel.Steps, File.ReadLines(Path.Combine(model.Folder, "metrics.jsonl")).Count());
        Assert.True(Directory.Exists(Path.Combine(model.Folder, "checkpoint-00000004")));
    }

    [Fact]
    public void Piped_output_holds_no_escape_codes() => Assert.DoesNotContain('\e', model.Training.Output);

    [Fact]
    public void Evaluation_measures_every_granularity_and_the_plans_asked_for()
    {
        var outcome = NestorProcess.Run("eval", model.Folder, "--text", model.Text, "--tokens", "500", "--plan", "S*2,M*2", "--json");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        using var json = JsonDocument.Parse(outcome.Output);
        Assert.Equal(["S", "M", "L", "XL", "S*2,M*2"], json.RootElement.EnumerateArray().Select(row => row.GetProperty("plan").GetString()));
        Assert.All(json.RootElement.EnumerateArray(), row => Assert.InRange(row.GetProperty("nats_per_token").GetDouble(), 1, 8));
    }

    [Fact]
    public void Evaluation_shows_people_a_table()
    {
        var outcome = NestorProcess.Run("eval", model.Folder, "--text", model.Text, "--tokens", "100", "--plan", "201,202,203,204");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        string[] rows = ["plan", "S", "M", "L", "XL", "201,202,203,204"];
        Assert.Equal(rows, outcome.Output.Split('\n').Select(line => line.Trim().Split(' ')[0]).Where(cell => rows.Contains(cell)));
        Assert.DoesNotContain('\e', outcome.Output);
    }

    [Fact]
    public void Piped_lines_are_not_broken()
    {
        var folder = model.Path(string.Join(' ', Enumerable.Repeat("a long name", 15)));
        Assert.EndsWith($"the model is in {folder}\n", NestorProcess.Run(model.Train(folder)).Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_generated_text_alone_is_on_standard_output()
    {
        var outcome = NestorProcess.Run("generate", model.Folder, "--prompt", "a small", "--tokens", "5");
        Assert.StartsWith("a small", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("tokens/s", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("tokens/s", Assert.Single(outcome.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public void Drafts_change_no_greedy_text_and_are_accounted_for()
    {
        string[] arguments = ["generate", model.Folder, "--prompt", "a small", "--tokens", "30", "--temperature", "0"];
        var plain = NestorProcess.Run(arguments);
        var drafting = NestorProcess.Run([.. arguments, "--draft", "S", "--draft", "M", "--draft-tokens", "3", "--prompt-lookup"]);
        Assert.Equal(0, drafting.ExitCode);
        Assert.Equal(plain.Output, drafting.Output);
        Assert.Equal(["S drafted", "M drafted", "prompt lookup drafted"], drafting.ErrorLines.Skip(1).Select(line => line[..(line.IndexOf("drafted", StringComparison.Ordinal) + 7)]));

        var coarse = model.Path("coarse");
        Assert.Equal(0, NestorProcess.Run("quantize", model.Folder, "--type", "q4", "--out", coarse).ExitCode);
        foreach (var (drafter, options) in new (string, string[])[] { ("XL", []), ("S", ["--draft", "S"]) })
        {
            var coarsely = NestorProcess.Run([.. arguments, "--draft-model", coarse, .. options]);
            Assert.Equal(plain.Output, coarsely.Output);
            Assert.StartsWith($"{drafter} in Q4 drafted", coarsely.ErrorLines[1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_finished_run_resumes_to_itself()
    {
        var run = model.Path("finished");
        Assert.Equal(0, NestorProcess.Run(model.Train(run)).ExitCode);
        var (weights, metrics) = (File.ReadAllBytes(Path.Combine(run, "model.safetensors")), File.ReadAllText(Path.Combine(run, "metrics.jsonl")));
        Assert.Equal(0, NestorProcess.Run(model.Train(run, "--resume")).ExitCode);
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(run, "model.safetensors")));
        Assert.Equal(metrics, File.ReadAllText(Path.Combine(run, "metrics.jsonl")));
    }

    [Fact]
    public void A_slice_writes_what_its_plan_writes_inside_the_whole_model()
    {
        var slice = model.Path("slice");
        Assert.Equal(0, NestorProcess.Run("slice", model.Folder, "--plan", "M*2,S*2", "--out", slice).ExitCode);
        var whole = NestorProcess.Run("generate", model.Folder, "--plan", "M*2,S*2", "--prompt", "a small", "--tokens", "12");
        var cut = NestorProcess.Run("generate", slice, "--prompt", "a small", "--tokens", "12");
        Assert.Equal(0, whole.ExitCode);
        Assert.StartsWith("a small", whole.Output, StringComparison.Ordinal);
        Assert.Equal(whole.Output, cut.Output);

        var again = model.Path("slice-of-slice");
        Assert.Equal(0, NestorProcess.Run("slice", slice, "--plan", "S", "--out", again).ExitCode);
        Assert.Equal(
            NestorProcess.Run("generate", model.Folder, "--plan", "S", "--prompt", "a small", "--tokens", "12").Output,
            NestorProcess.Run("generate", again, "--prompt", "a small", "--tokens", "12").Output);
    }

    [Theory]
    [InlineData("q8", 0.02)]
    [InlineData("q4", 0.2)]
    public void A_packed_model_is_smaller_loses_little_and_writes(string type, double cost)
    {
        var packed = model.Path($"packed-{type}");
        var outcome = NestorProcess.Run("quantize", model.Folder, "--type", type, "--out", packed, "--text", model.Text, "--tokens", "500", "--plan", "S*2,M*2", "--json");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        using var json = JsonDocument.Parse(outcome.Output);
        Assert.InRange(json.RootElement.GetProperty("bytes").GetInt64(), 1, json.RootElement.GetProperty("source_bytes").GetInt64() - 1);
        var losses = json.RootElement.GetProperty("losses").EnumerateArray().ToList();
        Assert.Equal(["S", "M", "L", "XL", "S*2,M*2"], losses.Select(row => row.GetProperty("plan").GetString()));
        Assert.All(losses, row => Assert.Equal(row.GetProperty("source_nats_per_token").GetDouble(), row.GetProperty("nats_per_token").GetDouble(), cost));
        var text = NestorProcess.Run("generate", packed, "--plan", "M", "--prompt", "a small", "--tokens", "5");
        Assert.True(text.ExitCode == 0, text.Errors);
        Assert.StartsWith("a small", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Packing_shows_its_plan_and_what_it_cost()
    {
        var outcome = NestorProcess.Run("quantize", model.Folder, "--type", "q8", "--out", model.Path("packed"), "--text", model.Text, "--tokens", "100");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Matches("^Q8: [0-9.]+ MB become [0-9.]+ MB, [0-9.]+ bits per weight\n", outcome.Output.ReplaceLineEndings("\n"));
        string[] rows = ["plan", "S", "M", "L", "XL"];
        Assert.Equal(rows, outcome.Output.Split('\n').Select(line => line.Trim().Split(' ')[0]).Where(cell => rows.Contains(cell)));
        NestorProcess.Run("eval", model.Path("packed"), "--text", model.Text).AssertFailed("packed as Q8");
        NestorProcess.Run("slice", model.Path("packed"), "--plan", "S", "--out", model.Path("never-packed")).AssertFailed("packed as Q8");
        NestorProcess.Run("quantize", model.Path("packed"), "--type", "q4", "--out", model.Path("never-packed")).AssertFailed("packed as Q8");
        NestorProcess.Run("quantize", model.Folder, "--type", "q4", "--out", model.Path("packed")).AssertFailed("holds a model already");
        Assert.False(Directory.Exists(model.Path("never-packed")));
    }

    [Fact]
    public void An_imported_model_tells_its_story()
    {
        var data = Environment.GetEnvironmentVariable("NESTOR_DATA");
        Assert.SkipUnless(File.Exists(Path.Combine(data ?? "", "stories260k", "stories260K.bin")), "NESTOR_DATA names no folder with stories260k.");
        var folder = Path.Combine(data!, "stories260k");
        var imported = model.Path("stories");
        Assert.Equal(0, NestorProcess.Run("import", Path.Combine(folder, "stories260K.bin"), "--tokenizer", Path.Combine(folder, "tok512.bin"), "--out", imported).ExitCode);
        var story = NestorProcess.Run("generate", imported, "--temperature", "0", "--tokens", "80");
        Assert.StartsWith("Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball.", story.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_quickstart_writes_slices_and_a_page_that_needs_nothing_else()
    {
        var output = model.Path("quickstart");
        var hostile = model.Path("hostile.jsonl");
        File.WriteAllLines(hostile, Enumerable.Range(0, 3000).Select(i => $"{{\"text\":\"<script>alert({i})</script> number {i * 7919} is {i * 104729} or {i * 1299709}\"}}"));
        var outcome = NestorProcess.Run("quickstart", "--text", hostile, "--vocabulary", "1000", "--steps", "2", "--out", output, "--prompt", "<script>");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        var page = File.ReadAllText(Path.Combine(output, "report.html"));
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("(src|href)=|url\\((?!#)|@import", page);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        foreach (var size in new[] { "S", "M", "L", "XL" })
            Assert.Contains($"<td>{size}</td>", page, StringComparison.Ordinal);
        foreach (var slice in new[] { "slice-S", "slice-M", "slice-L" })
            Assert.True(File.Exists(Path.Combine(output, slice, "model.safetensors")), slice);
    }
}
