namespace Nestor.Cli.Tests;

/// <summary>Mistakes are answered with one line that says what and what to do.</summary>
public sealed class WrongUseTests(TrainedModel model)
{
    [Theory]
    [InlineData("command")]
    [InlineData("'fly'", "fly")]
    [InlineData("'mat'", "reproduce", "mat")]
    [InlineData("MODEL", "generate")]
    [InlineData("'y'", "generate", "x", "y")]
    [InlineData("--out", "slice", "x", "--plan", "S")]
    [InlineData("--budget", "plan", "x")]
    [InlineData("'luck'", "plan", "x", "--budget", "60%", "--rule", "luck")]
    [InlineData("'q5'", "profile", "x", "--type", "q5")]
    [InlineData("FILE", "import")]
    [InlineData("--tokenizer", "import", "x.bin", "--out", "y")]
    [InlineData("--nonsense", "eval", "x", "--nonsense", "1")]
    [InlineData("'many' for --steps is not a whole number", "train", "--out", "x", "--steps", "many")]
    [InlineData("'99999999999' for --batch is not a whole number up to 2,147,483,647", "train", "--out", "x", "--batch", "99999999999")]
    [InlineData("'warm' for --temperature is not a number", "generate", "x", "--temperature", "warm")]
    [InlineData("--steps", "train", "--out", "x", "--steps", "1", "--steps", "2")]
    [InlineData("--tokens", "eval", "x", "--tokens", "-1")]
    [InlineData("--out", "slice", "x", "--out", "")]
    [InlineData("--out", "train", "--out", " ")]
    [InlineData("'q5'", "quantize", "x", "--type", "q5", "--out", "y")]
    [InlineData("--type", "quantize", "x", "--out", "y")]
    [InlineData("--tokens", "quantize", "x", "--type", "q8", "--out", "y", "--tokens", "-1")]
    [InlineData("--out", "quickstart", "--out", "")]
    [InlineData("q8_0", "export", "x", "--gguf", "y", "--type", "q5_k")]
    [InlineData("'--gguf FILE' or '--onnx FILE'", "export", "x")]
    [InlineData("exclude each other", "export", "x", "--gguf", "y", "--onnx", "z")]
    [InlineData("'--cache' has no meaning for GGUF", "export", "x", "--gguf", "y", "--cache")]
    [InlineData("'--type' has no meaning for ONNX", "export", "x", "--onnx", "y", "--type", "f16")]
    [InlineData("'q5' for --type is not a weight type", "bench", "x", "--type", "q8,q5")]
    [InlineData("'0' for --threads is not a number of threads", "bench", "x", "--threads", "1,0")]
    public void What_the_tool_does_not_understand_exits_with_2_and_a_hint(string told, params string[] arguments) =>
        NestorProcess.Run(arguments).AssertMisused(told);

    [Fact]
    public void The_hint_names_the_whole_command() =>
        Assert.Equal("Try: nestor reproduce matlm --help", NestorProcess.Run("reproduce", "matlm").ErrorLines[1]);

    [Theory]
    [InlineData("XXL", "S (32)")]
    [InlineData("512", "256")]
    [InlineData("S*3", "4")]
    [InlineData("0", "is not a width")]
    [InlineData("", "is not a width")]
    public void A_plan_that_does_not_fit_is_explained(string plan, string told)
    {
        NestorProcess.Run("generate", model.Folder, "--plan", plan, "--prompt", "a").AssertFailed(told);
        NestorProcess.Run("slice", model.Folder, "--plan", plan, "--out", model.Path("never")).AssertFailed(told);
        Assert.False(Directory.Exists(model.Path("never")));
    }

    [Fact]
    public void Missing_files_are_named()
    {
        NestorProcess.Run("generate", model.Path("absent")).AssertFailed("absent");
        NestorProcess.Run("eval", model.Folder, "--text", model.Path("absent.txt")).AssertFailed("absent.txt");
        NestorProcess.Run("train", "--preset", "tiny", "--out", model.Path("run0"), "--text", model.Path("absent.txt")).AssertFailed("absent.txt");
        NestorProcess.Run("import", model.Path("absent.bin"), "--tokenizer", model.Path("absent.bin"), "--out", model.Path("run1")).AssertFailed("absent.bin");
        NestorProcess.Run("import", model.Path("absent.gguf"), "--out", model.Path("run1")).AssertFailed("absent.gguf");
    }

    [Fact]
    public void Text_that_is_too_little_is_refused()
    {
        File.WriteAllText(model.Path("empty.txt"), "");
        NestorProcess.Run("train", "--preset", "tiny", "--out", model.Path("run2"), "--text", model.Path("empty.txt")).AssertFailed("empty");
        File.WriteAllText(model.Path("short.txt"), "Only a few words.");
        NestorProcess.Run("train", "--preset", "tiny", "--out", model.Path("run3"), "--text", model.Path("short.txt")).AssertFailed("token");

        // Two short documents and a tokenizer that is given: enough to build a corpus, not enough for one window.
        File.WriteAllLines(model.Path("two.jsonl"), ["{\"text\":\"one\"}", "{\"text\":\"two\"}"]);
        var tokenizer = Path.Combine(model.Folder, "tokenizer.json");
        NestorProcess.Run("train", "--preset", "tiny", "--out", model.Path("run4"), "--text", model.Path("two.jsonl"), "--tokenizer", tokenizer).AssertFailed("window");
    }

    [Theory]
    [InlineData("quickstart", "--preset", "enormous")]
    [InlineData("sampled", "--objective", "best")]
    [InlineData("auto, cpu or cuda", "--device", "abacus")]
    [InlineData("bf16 or f32", "--precision", "f4")]
    [InlineData("swiglu", "--feed-forward", "relu")]
    [InlineData("steps", "--steps", "0")]
    [InlineData("batch", "--batch", "0")]
    [InlineData("batch", "--batch", "-5")]
    [InlineData("window", "--window", "0")]
    [InlineData("0 times", "--accumulate", "0")]
    [InlineData("learning rate", "--learning-rate", "-1")]
    [InlineData("learning rate", "--learning-rate", "NaN")]
    [InlineData("learning rate", "--learning-rate", "1e300")]
    [InlineData("weight decay", "--weight-decay", "-1")]
    [InlineData("warm-up", "--warm-up", "99")]
    [InlineData("checkpoint", "--checkpoint-every", "-1")]
    [InlineData("granularities", "--objective", "sampled:1/2")]
    [InlineData("vocabulary", "--vocabulary", "0")]
    [InlineData("give more text", "--vocabulary", "999999999")]
    [InlineData("context", "--window", "4096")]
    public void Impossible_settings_of_training_are_explained(string told, string option, string value) =>
        NestorProcess.Run(model.Train(model.Path("run5"), option, value)).AssertFailed(told);

    [Theory]
    [InlineData("--temperature", "NaN")]
    [InlineData("--temperature", "-1")]
    [InlineData("--temperature", "1e400")]
    [InlineData("--top-k", "-1")]
    [InlineData("--top-p", "0")]
    [InlineData("--min-p", "-1")]
    [InlineData("--tokens", "0")]
    [InlineData("--top-p", "2")]
    [InlineData("--tokens", "-1")]
    public void Impossible_settings_of_generation_are_explained(string option, string value) =>
        NestorProcess.Run("generate", model.Folder, "--prompt", "a", option, value).AssertFailed("generat");

    [Theory]
    [InlineData("is not a width", "--draft", "XXL")]
    [InlineData("L cannot draft for S", "--draft", "L", "--plan", "S")]
    [InlineData("L cannot draft for S", "--draft", "L", "--draft", "S")]
    [InlineData("to draft are 0", "--draft", "S", "--draft-tokens", "0")]
    [InlineData("nothing drafts", "--draft-tokens", "4")]
    [InlineData("no-such-folder", "--draft-model", "no-such-folder")]
    public void Impossible_drafts_are_explained(string told, params string[] options) =>
        NestorProcess.Run(["generate", model.Folder, "--prompt", "a", .. options]).AssertFailed(told);

    [Fact]
    public void A_checkpoint_of_another_run_is_not_resumed()
    {
        var outcome = NestorProcess.Run(model.Train(model.Folder, "--resume", "--seed", "2"));
        outcome.AssertFailed("seed was 1, not 2");
    }

    [Fact]
    public void A_checkpoint_of_another_model_is_not_resumed() =>
        NestorProcess.Run(model.Train(model.Folder, "--resume", "--feed-forward", "gelu")).AssertFailed("another shape");

    [Fact]
    public void Training_never_begins_again_over_a_run()
    {
        NestorProcess.Run(model.Train(model.Folder, "--steps", "1")).AssertFailed("--resume");
        Assert.Equal(TrainedModel.Steps, File.ReadLines(Path.Combine(model.Folder, "metrics.jsonl")).Count());
    }

    [Fact]
    public void A_slice_never_replaces_the_model_it_is_cut_from() =>
        NestorProcess.Run("slice", model.Folder, "--plan", "S", "--out", model.Folder).AssertFailed(model.Folder);

    [Fact]
    public void A_place_where_nothing_can_be_written_is_named()
    {
        NestorProcess.Run("slice", model.Folder, "--plan", "S", "--out", Path.Combine(model.Text, "below-a-file")).AssertFailed("below-a-file");
        NestorProcess.Run(model.Train(Path.Combine(model.Text, "below-a-file"))).AssertFailed("below-a-file");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The rest is about /proc, where not even root may write.");
        NestorProcess.Run("slice", model.Folder, "--plan", "S", "--out", "/proc/nestor").AssertFailed("/proc/nestor");
        NestorProcess.Run(model.Train("/proc/nestor")).AssertFailed("/proc/nestor");
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
        NestorProcess.Finish(process).AssertFailed("libLibTorchSharp.so");
    }

    [Fact]
    public void Verbose_shows_where_an_error_came_from() =>
        Assert.Contains("   at Nestor.", NestorProcess.Run("generate", model.Path("absent"), "--verbose").Errors, StringComparison.Ordinal);

    [Theory]
    [InlineData("quickstart", "--text --vocabulary --out --steps --slice --prompt --device --seed --resume --verbose")]
    [InlineData("train", "--out --text --tokenizer --vocabulary --device --resume --preset --feed-forward --objective --steps --batch --window --accumulate --learning-rate --warm-up --weight-decay --skip-untouched --precision --checkpoint-every --seed --verbose")]
    [InlineData("eval", "MODEL --text --plan --tokens --device --json --tasks --task-folder --shots --limit --seed --ngrams --out --resume --verbose")]
    [InlineData("generate", "MODEL --plan --prompt --tokens --temperature --top-k --top-p --min-p --seed --stop --draft --draft-model --draft-tokens --prompt-lookup --verbose")]
    [InlineData("slice", "MODEL --plan --out --verbose")]
    [InlineData("bench", "MODEL --plan --type --threads --prompt --generate --rounds --json --verbose")]
    [InlineData("export", "MODEL --gguf --type --embedding-type --onnx --cache --external-data --plan --force --verbose")]
    [InlineData("import", "FILE --tokenizer --out --force --verbose")]
    [InlineData("reproduce", "matlm consistency tasks --verbose")]
    [InlineData("reproduce matlm", "--text --preset --steps --batch --learning-rate --objective --device --seed --work --remark --out --verbose")]
    [InlineData("reproduce consistency", "--text --preset --steps --batch --learning-rate --objective --device --seed --work --positions --texts --temperature --remark --out --verbose")]
    [InlineData("reproduce tasks", "--text --preset --steps --batch --learning-rate --objective --device --seed --work --task-folder --tasks --limit --shots --remark --out --verbose")]
    [InlineData("", "quickstart train eval generate slice quantize bench export import reproduce --verbose --version")]
    public void Every_command_explains_itself(string command, string told)
    {
        var outcome = NestorProcess.Run([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Empty(outcome.Errors);
        Assert.DoesNotContain('\e', outcome.Output);
        var words = outcome.Output.Split([' ', '\n', '<', '>', ',']);
        Assert.Empty(told.Split(' ').Except(words));
    }
}
