using Nestor.Evaluation.Tasks;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Tests.Formats;
using Nestor.Tests.Inference;
using Nestor.Tests.Text;
using Nestor.Text;
using RandomModel = Nestor.Tests.Inference.RandomModel;

namespace Nestor.Tests.Evaluation.Tasks;

public sealed class TaskEvaluationTests : IDisposable
{
    private static readonly Tokenizer Tokenizer = Texts.Train(Texts.Corpus, 300);

    private static readonly WidthPlan Plan = new(9, 40, 71);

    private readonly TaskFolder folder = new();
    private readonly RandomModel model = new(RandomModel.Small with { VocabularySize = Tokenizer.VocabularySize, BeginToken = 0, ContextLength = 64 });

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Accuracies_are_those_of_the_full_logits_in_double_precision()
    {
        var file = folder.Open(TaskFolder.Piqa, [.. Enumerable.Range(0, 20).Select(Question)]);
        var (right, rightByLength) = (0, 0);
        for (var i = 0; i < file.Items.Count; i++)
        {
            var scores = Enumerable.Range(0, 3).Select(choice => Reference($"the cat {i}, aren't they?\nAnswer:", Choices[choice])).ToList();
            var byLength = scores.Select((score, choice) => score / Choices[choice].Length).ToList();
            right += scores.IndexOf(scores.Max()) == i % 3 ? 1 : 0;
            rightByLength += byLength.IndexOf(byLength.Max()) == i % 3 ? 1 : 0;
        }

        var result = new TaskEvaluation(file, Tokenizer, begin: 0, new TaskOptions()).Run(Scorer());
        Assert.Equal((20, 0, 0), (result.Items, result.Shots, result.CutItems));
        Assert.Equal(1.0 / 3, result.Chance!.Value, 1e-12);
        Assert.Equal(right / 20.0, result.Accuracy.Value);
        Assert.Equal(rightByLength / 20.0, result.NormalizedAccuracy!.Value.Value);
        Assert.Null(result.Perplexity);
    }

    [Fact]
    public void Perplexity_is_that_of_the_full_logits_in_double_precision()
    {
        string[] words = ["cat", "dog", "mat", "end", "other", "thing"];
        var file = folder.Open(TaskFolder.Lambada, [.. words.Select(word => TaskFolder.LastWord("they sat on the", word))]);
        var nats = words.Select(word => -Reference("they sat on the", word)).ToList();
        var result = new TaskEvaluation(file, Tokenizer, begin: 0, new TaskOptions()).Run(Scorer());
        Assert.Equal(Math.Exp(nats.Average()), result.Perplexity!.Value.Value, 0.01 * result.Perplexity.Value.Value);
        var deviation = Math.Sqrt(nats.Sum(value => Math.Pow(value - nats.Average(), 2)) / 5);
        Assert.Equal(Math.Exp(nats.Average()) * deviation / Math.Sqrt(6), result.Perplexity.Value.StandardError!.Value, 0.01 * result.Perplexity.Value.StandardError.Value);
        Assert.Null(result.Chance);
        Assert.Null(result.NormalizedAccuracy);
    }

    [Fact]
    public void Known_scores_give_known_figures()
    {
        // The longer second choice wins by its length in items 0 and 1; the first, "ab", has two characters, "abcd" four.
        var file = folder.Open(TaskFolder.Copa, [.. Enumerable.Range(0, 4).Select(i => TaskFolder.Choice("q", ["ab", "abcd"], i == 0 ? 0 : 1))]);
        ItemScores Scores(int item, double first, double second) => new(item, [new(first, false), new(second, false)], IsCut: item == 3);
        var result = TaskResult.Of(file, shots: 0, [Scores(0, -2, -3), Scores(1, -2, -3), Scores(2, -3, -2), Scores(3, -2, -2)]);

        // Most probable: 0, 0, 1, 0 (equal ones: the first). Golds: 0, 1, 1, 1. Per character: 1, 1, 1, 1.
        Assert.Equal(2.0 / 4, result.Accuracy.Value);
        Assert.Equal(Math.Sqrt(0.25 / 3), result.Accuracy.StandardError!.Value, 1e-12);
        Assert.Equal(3.0 / 4, result.NormalizedAccuracy!.Value.Value);
        Assert.Equal(Math.Sqrt(0.75 * 0.25 / 3), result.NormalizedAccuracy.Value.StandardError!.Value, 1e-12);
        Assert.Equal((0.5, 1), (result.Chance, result.CutItems));
    }

    [Fact]
    public void A_texts_length_is_counted_in_characters_not_in_bytes()
    {
        var item = new TaskItem(["q"], ["日本", "abc", "😀"], 0);
        Assert.Equal(2, new ItemScores(0, [new(-6, false), new(-9, false), new(-2.5, false)], false).ChooseByLength(item));    // -3, -3, -2.5
        Assert.Equal(0, new ItemScores(0, [new(-6, false), new(-9.3, false), new(-3.5, false)], false).ChooseByLength(item));  // -3, -3.1, -3.5
    }

    [Fact]
    public void Examples_stand_before_the_item()
    {
        var file = folder.Open(TaskFolder.Copa, [.. Enumerable.Range(0, 6).Select(i => TaskFolder.Choice($"the {i}", ["cat", "dog"], i % 2))]);
        using var log = ScoreLog.Open(folder.File("scores.jsonl"), resume: false);
        var section = log.Of(Key(shots: 2));
        new TaskEvaluation(file, Tokenizer, begin: 0, new TaskOptions { Shots = 2, Seed = 4 }).Run(Scorer(), section);
        foreach (var item in Enumerable.Range(0, 6))
        {
            var shots = new FewShots(file.Items, 2, 4).Examples(item).Select(shot => $"the {shot} {(shot % 2 == 0 ? "cat" : "dog")}\n\n");
            Assert.Equal(Reference($"{string.Concat(shots)}the {item}", "dog"), section.Find(item, 2)!.Choices[1].LogProbability, 1e-4);
        }
    }

    [Fact]
    public void A_context_that_is_too_long_loses_its_beginning_and_is_counted()
    {
        var longer = string.Join(' ', Enumerable.Repeat("the cat sat on the mat,", 40));
        var file = folder.Open(TaskFolder.Lambada, TaskFolder.LastWord(longer, "dog"), TaskFolder.LastWord("the", "dog"));
        Assert.Equal(1, new TaskEvaluation(file, Tokenizer, begin: 0, new TaskOptions()).Run(Scorer()).CutItems);

        var tokens = Tokenizer.Encode(longer + " dog");
        var last = tokens.Length - Tokenizer.Encode(longer).Length;
        var request = ScoringRequest.Of(Tokenizer, begin: 0, longer, "dog");
        Assert.Equal(last, request.Scored);
        Assert.Equal(LogProbability(tokens[^65..], last), Scorer().Score([[request]])[0][0].LogProbability, 1e-4);
    }

    [Fact]
    public void A_limit_measures_the_first_items_with_examples_from_all()
    {
        var file = folder.Open(TaskFolder.Piqa, [.. Enumerable.Range(0, 20).Select(Question)]);
        using var log = ScoreLog.Open(folder.File("all.jsonl"), resume: false);
        using var some = ScoreLog.Open(folder.File("some.jsonl"), resume: false);
        new TaskEvaluation(file, Tokenizer, 0, new TaskOptions { Shots = 3 }).Run(Scorer(), log.Of(Key(3)));
        Assert.Equal(7, new TaskEvaluation(file, Tokenizer, 0, new TaskOptions { Shots = 3, Limit = 7 }).Run(Scorer(), some.Of(Key(3))).Items);
        Assert.All(Enumerable.Range(0, 7), item => Assert.Equal(log.Of(Key(3)).Find(item, 3)!.Choices, some.Of(Key(3)).Find(item, 3)!.Choices));
        Assert.Null(some.Of(Key(3)).Find(7, 3));
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_to_what_one_without_a_stop_finds()
    {
        var file = folder.Open(TaskFolder.Piqa, [.. Enumerable.Range(0, 250).Select(Question)]);
        var evaluation = new TaskEvaluation(file, Tokenizer, 0, new TaskOptions { Shots = 1 });
        TaskResult whole;
        using (var log = ScoreLog.Open(folder.File("whole.jsonl"), resume: false))
            whole = evaluation.Run(Scorer(), log.Of(Key(1)));

        var path = folder.File("parts.jsonl");
        for (var calls = 1; calls <= 2; calls++)
        {
            using var log = ScoreLog.Open(path, resume: calls > 1);
            Assert.Throws<OperationCanceledException>(() => evaluation.Run(new StoppingScorer(Scorer(), calls: 1), log.Of(Key(1))));
        }

        File.AppendAllText(path, "{\"model\":\"m\",\"weig");    // The machine stopped in the middle of a line.
        using (var log = ScoreLog.Open(path, resume: true))
        {
            var last = new StoppingScorer(Scorer(), calls: 1);
            Assert.Equal(whole, evaluation.Run(last, log.Of(Key(1))));
            Assert.Equal(whole, evaluation.Run(last, log.Of(Key(1))));    // Nothing is left to be scored.
        }

        Assert.Equal(File.ReadAllText(folder.File("whole.jsonl")), File.ReadAllText(path));
    }

    [Fact]
    public void Impossible_options_are_told_at_once()
    {
        var file = folder.Open(TaskFolder.Lambada, TaskFolder.LastWord("a", "b"));
        Errors.AreOneLineWith(() => _ = new TaskEvaluation(file, Tokenizer, 0, new TaskOptions { Shots = -1, Limit = 0 }), "shots is -1", "limit is 0");
        Errors.AreOneLineWith(() => _ = new TaskEvaluation(file, Tokenizer, 0, new TaskOptions { Shots = 1 }), "0 others");
    }

    private static readonly string[] Choices = ["the dog", "they're there at 12:30, aren't they", "déjà vu"];

    private static string Question(int i) => TaskFolder.Choice($"the cat {i}, aren't they?", Choices, i % 3);

    private static ScoreKey Key(int shots) => new("m", "f32", "S", "t", "f", shots, 1);

    private DecoderScorer Scorer() => new(Decoder.Load(model.Checkpoint), Plan);

    // The tokens of context and continuation, written out once more.
    private double Reference(string context, string continuation)
    {
        var whole = Tokenizer.Encode($"{context} {continuation}");
        return LogProbability([0, .. whole], whole.Length - Tokenizer.Encode(context).Length);
    }

    private double LogProbability(int[] tokens, int scored)
    {
        var logits = new ReferenceDecoder(model.Checkpoint).Logits(tokens[..^1], Plan);
        return Enumerable.Range(tokens.Length - scored, scored).Sum(t => logits[t - 1][tokens[t]] - Math.Log(logits[t - 1].Sum(Math.Exp)));
    }

    /// <summary>A scorer that is stopped after some calls.</summary>
    private sealed class StoppingScorer(IContinuationScorer scorer, int calls) : IContinuationScorer
    {
        private int left = calls;

        public int ContextLength => scorer.ContextLength;

        public IReadOnlyList<ContinuationScore[]> Score(IReadOnlyList<IReadOnlyList<ScoringRequest>> groups, CancellationToken cancellation = default) =>
            left-- > 0 ? scorer.Score(groups, cancellation) : throw new OperationCanceledException();
    }
}
