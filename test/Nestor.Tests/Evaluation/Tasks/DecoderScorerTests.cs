using CsCheck;
using Nestor.Evaluation.Tasks;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Tests.Formats;
using Nestor.Tests.Inference;
using RandomModel = Nestor.Tests.Inference.RandomModel;

namespace Nestor.Tests.Evaluation.Tasks;

public sealed class DecoderScorerTests
{
    private static readonly WidthPlan Mixed = new(9, 40, 71);

    // Groups of requests that begin alike, of which some do not fit in the context of 150.
    private static readonly Gen<ScoringRequest[][]> Groups =
        from groups in Gen.Int[1, 40]
        from seed in Gen.Int[0, 1000]
        select Make(groups, seed);

    [Fact]
    public void Log_probabilities_are_those_of_the_network_in_double_precision()
    {
        using var model = new RandomModel(RandomModel.Small);
        var reference = new ReferenceDecoder(model.Checkpoint);
        var requests = Make(4, seed: 2).SelectMany(group => group).Where(request => request.Tokens.Length <= 100).ToList();
        Assert.InRange(requests.Count, 3, 20);
        var scores = new DecoderScorer(Decoder.Load(model.Checkpoint), Mixed).Score([requests])[0];
        foreach (var (request, score) in requests.Zip(scores))
        {
            var tokens = request.Tokens.ToArray();
            var logits = reference.Logits(tokens[..^1], Mixed);
            double sum = 0;
            var greedy = true;
            for (var t = tokens.Length - request.Scored; t < tokens.Length; t++)
            {
                sum += logits[t - 1][tokens[t]] - Math.Log(logits[t - 1].Sum(Math.Exp));
                greedy &= logits[t - 1].Max() == logits[t - 1][tokens[t]];
            }

            Assert.Equal(sum, score.LogProbability, 1e-4);
            Assert.Equal(greedy, score.IsGreedy);
        }
    }

    [Fact]
    public void What_a_plan_writes_itself_is_greedy_and_nothing_else_is()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        var tokens = RandomModel.Tokens(20).ToList();
        using var cache = new KvCache(model.Config);
        decoder.Forward(tokens.ToArray().AsSpan(..^1), cache, Mixed);
        for (var i = 0; i < 6; i++)
            tokens.Add(Scores.MostProbable(decoder.Forward([tokens[^1]], cache, Mixed)));

        int[] other = [.. tokens];
        other[22] = (other[22] + 1) % model.Config.VocabularySize;
        var scores = new DecoderScorer(decoder, Mixed).Score([[new ScoringRequest(tokens.ToArray(), 6), new ScoringRequest(other, 6)]])[0];
        Assert.True(scores[0].IsGreedy);
        Assert.False(scores[1].IsGreedy);
    }

    [Fact]
    public void A_batch_scores_as_its_requests_do_one_by_one_bit_for_bit()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        var together = new DecoderScorer(decoder, Mixed);
        Groups.Sample(
            groups =>
            {
                var scores = together.Score(groups);
                var alone = new DecoderScorer(decoder, Mixed);
                foreach (var (group, of) in groups.Zip(scores))
                    Assert.Equal(group.Select(request => alone.Score([[request]])[0][0]), of);
                Assert.Equal(scores.Reverse(), together.Score([.. groups.Reverse()]));
            },
            iter: 10, threads: 1);
    }

    [Fact]
    public void Permuted_choices_have_permuted_scores()
    {
        using var model = new RandomModel(RandomModel.Small);
        var scorer = new DecoderScorer(Decoder.Load(model.Checkpoint), Mixed);
        Groups.Sample(
            groups =>
            {
                var scores = scorer.Score(groups);
                var reversed = scorer.Score([.. groups.Select(group => group.Reverse().ToArray())]);
                Assert.Equal(scores.Select(of => of.Reverse()), reversed);
            },
            iter: 10, threads: 1);
    }

    [Fact]
    public void A_plan_scores_as_the_folder_cut_at_it_does()
    {
        using var model = new RandomModel(RandomModel.Small);
        using var folder = new TemporaryFolder();
        model.Checkpoint.Slice(Mixed).Save(folder.File("slice"));
        using var slice = Checkpoint.Open(folder.File("slice"));
        var groups = Make(5, seed: 3);
        Assert.Equal(
            new DecoderScorer(Decoder.Load(model.Checkpoint), Mixed).Score(groups),
            new DecoderScorer(Decoder.Load(slice), slice.Config.FullWidths).Score(groups));
    }

    [Fact]
    public void What_cannot_be_scored_is_refused_and_the_next_call_is_not_disturbed()
    {
        using var model = new RandomModel(RandomModel.Small);
        var scorer = new DecoderScorer(Decoder.Load(model.Checkpoint), Mixed);
        var groups = Make(8, seed: 4);
        var scores = scorer.Score(groups);
        Assert.Throws<ArgumentException>(() => scorer.Score([.. groups, [new ScoringRequest(new int[3], 3)]]));
        Assert.Throws<ArgumentException>(() => scorer.Score([.. groups, [new ScoringRequest(new int[3], 0)]]));
        Errors.AreOneLineWith(() => scorer.Score([.. groups, [new ScoringRequest((int[])[1, 53], 1)]]), "53", "vocabulary");
        Errors.AreOneLineWith(() => scorer.Score([.. groups, [new ScoringRequest((int[])[-1, 5], 1)]]), "-1", "vocabulary");
        Assert.Throws<OperationCanceledException>(() => scorer.Score(groups, new CancellationToken(canceled: true)));
        Assert.Equal(scores, scorer.Score(groups));
        Errors.AreOneLineWith(() => _ = new DecoderScorer(Decoder.Load(model.Checkpoint), new WidthPlan(1)), "layers");
    }

    [Fact]
    public void A_damaged_model_is_named_instead_of_scored()
    {
        using var model = new RandomModel(RandomModel.Small, damagedToken: 7);
        var scorer = new DecoderScorer(Decoder.Load(model.Checkpoint), Mixed);
        Errors.AreOneLineWith(() => scorer.Score([[new ScoringRequest((int[])[1, 2, 3], 1)]]), "damaged");
    }

    private static ScoringRequest[][] Make(int groups, int seed)
    {
        var random = new Random(seed);
        int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(RandomModel.Small.VocabularySize))];
        return [.. Enumerable.Range(0, groups).Select(_ =>
        {
            var context = Tokens(random.Next(10) == 0 ? random.Next(140, 200) : random.Next(1, 30));
            return Enumerable.Range(0, random.Next(1, 5)).Select(_ =>
            {
                var continuation = Tokens(random.Next(20) == 0 ? random.Next(140, 340) : random.Next(1, 10));
                return new ScoringRequest((int[])[.. context, .. continuation], continuation.Length);
            }).ToArray();
        })];
    }
}
