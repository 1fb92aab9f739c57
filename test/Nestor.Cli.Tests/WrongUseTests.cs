namespace Nestor.Cli.Tests;

/// <summary>Mistakes are answered with one line that says what and what to do.</summary>
public sealed class WrongUseTests(TrainedModel model) : IClassFixture<TrainedModel>
{
    [Theory]
    [InlineData("fly")]
    [InlineData("generate")]
    [InlineData("slice", "x", "--plan", "S")]
    [InlineData("eval", "x", "--nonsense", "1")]
    [InlineData("train", "--out", "x", "--steps", "many")]
    [InlineData("train", "--out", "x", "--batch", "99999999999")]
    public void What_the_tool_does_not_understand_exits_with_2_and_a_hint(params string[] arguments)
    {
        var outcome = NestorProcess.Run(arguments);
        Assert.Equal(2, outcome.ExitCode);
        Assert.StartsWith("nestor: ", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("--help", outcome.ErrorLines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("XXL", "S (32)")]
    [InlineData("512", "256")]
    [InlineData("S*3", "4")]
    [InlineData("0", "is not a width")]
    [InlineData("", "is not a width")]
    public void A_plan_that_does_not_fit_is_explained(string plan, string told)
    {
        AssertOneLine(NestorProcess.Run("generate", model.Folder, "--plan", plan, "--prompt", "a"), told);
        AssertOneLine(NestorProcess.Run("slice", model.Folder, "--plan", plan, "--out", model.Path("never")), told);
        Assert.False(Directory.Exists(model.Path("never")));
    }

    [Fact]
    public void Missing_files_are_named()
    {
        AssertOneLine(NestorProcess.Run("generate", model.Path("absent")), "absent");
        AssertOneLine(NestorProcess.Run("eval", model.Folder, "--text", model.Path("absent.txt")), "absent.txt");
        AssertOneLine(NestorProcess.Run("train", "--preset", "tiny", "--out", model.Path("run0"), "--text", model.Path("absent.txt")), "absent.txt");
        AssertOneLine(NestorProcess.Run("import", model.Path("absent.bin"), "--tokenizer", model.Path("absent.bin"), "--out", model.Path("run1")), "absent.bin");
    }

    [Fact]
    public void Text_that_is_too_little_is_refused()
    {
        File.WriteAllText(model.Path("empty.txt"), "");
        AssertOneLine(NestorProcess.Run("train", "--preset", "tiny", "--out", model.Path("run2"), "--text", model.Path("empty.txt")), "empty");
        File.WriteAllText(model.Path("short.txt"), "Only a few words.");
        AssertOneLine(NestorProcess.Run("train", "--preset", "tiny", "--out", model.Path("run3"), "--text", model.Path("short.txt")), "token");

        // Two short documents and a tokenizer that is given: enough to build a corpus, not enough for one window.
        File.WriteAllLines(model.Path("two.jsonl"), ["{\"text\":\"one\"}", "{\"text\":\"two\"}"]);
        var tokenizer = Path.Combine(model.Folder, "tokenizer.json");
        AssertOneLine(NestorProcess.Run("train", "--preset", "tiny", "--out", model.Path("run4"), "--text", model.Path("two.jsonl"), "--tokenizer", tokenizer), "window");
    }

    [Theory]
    [InlineData("quickstart", "--preset", "enormous")]
    [InlineData("sampled", "--objective", "best")]
    [InlineData("auto, cpu or cuda", "--device", "abacus")]
    [InlineData("bf16 or f32", "--precision", "f4")]
    [InlineData("swiglu", "--feed-forward", "relu")]
    [InlineData("steps", "--steps", "0")]
    [InlineData("batch", "--batch", "0")]
    [InlineData("learning rate", "--learning-rate", "-1")]
    [InlineData("context", "--window", "4096")]
    public void Impossible_settings_of_training_are_explained(string told, string option, string value) =>
        AssertOneLine(NestorProcess.Run(model.Train(model.Path("run5"), option, value)), told);

    [Theory]
    [InlineData("--temperature", "nan")]
    [InlineData("--top-p", "2")]
    [InlineData("--tokens", "-1")]
    [InlineData("--stop", "")]
    public void Impossible_settings_of_generation_are_explained(string option, string value) =>
        Assert.InRange(AssertOneLine(NestorProcess.Run("generate", model.Folder, "--prompt", "a", option, value), "generat").ExitCode, 1, 2);

    [Fact]
    public void A_checkpoint_of_another_run_is_not_resumed()
    {
        var outcome = NestorProcess.Run(model.Train(model.Folder, "--resume", "--seed", "2"));
        AssertOneLine(outcome, "seed was 1, not 2");
    }

    [Fact]
    public void A_slice_never_replaces_the_model_it_is_cut_from() =>
        AssertOneLine(NestorProcess.Run("slice", model.Folder, "--plan", "S", "--out", model.Folder), model.Folder);

    [Fact]
    public void A_place_where_nothing_can_be_written_is_named()
    {
        AssertOneLine(NestorProcess.Run("slice", model.Folder, "--plan", "S", "--out", Path.Combine(model.Text, "below-a-file")), "below-a-file");
        AssertOneLine(NestorProcess.Run(model.Train(Path.Combine(model.Text, "below-a-file"))), "below-a-file");
    }

    [Fact]
    public void A_libtorch_that_cannot_load_is_reported_in_the_loaders_own_words()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The library's name and the loader's words are Linux's.");
        var copy = Directory.CreateDirectory(model.Path("without-libtorch")).FullName;
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory).Where(file => Path.GetExtension(file) is ".dll" or ".json"))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(copy, "libLibTorchSharp.so"), "This is no library.");
        using var process = NestorProcess.StartIn(copy, "eval", model.Folder, "--text", model.Text);
        AssertOneLine(NestorProcess.Finish(process), "libLibTorchSharp.so");
    }

    [Fact]
    public void Verbose_shows_where_an_error_came_from() =>
        Assert.Contains("   at Nestor.", NestorProcess.Run("generate", model.Path("absent"), "--verbose").Errors, StringComparison.Ordinal);

    [Theory]
    [InlineData("quickstart", "--slice")]
    [InlineData("train", "--resume")]
    [InlineData("eval", "--json")]
    [InlineData("generate", "--temperature")]
    [InlineData("slice", "--plan")]
    [InlineData("import", "--tokenizer")]
    [InlineData("reproduce", "matlm")]
    public void Every_command_explains_itself(string command, string told)
    {
        var outcome = NestorProcess.Run(command, "--help");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains(told, outcome.Output, StringComparison.Ordinal);
    }

    private static Outcome AssertOneLine(Outcome outcome, string told)
    {
        Assert.Equal(1, outcome.ExitCode);
        var line = Assert.Single(outcome.ErrorLines);
        Assert.StartsWith("nestor: ", line, StringComparison.Ordinal);
        Assert.Contains(told, line, StringComparison.OrdinalIgnoreCase);
        return outcome;
    }
}
