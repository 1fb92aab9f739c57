using Nestor.Evaluation;
using Nestor.Evaluation.Consistency;
using Nestor.Inference;
using Nestor.Models;
using RandomModel = Nestor.Tests.Inference.RandomModel;

namespace Nestor.Tests.Evaluation.Consistency;

public sealed class WrittenTextsTests
{
    [Fact]
    public void Prefixes_are_continued_as_each_alone_and_greedily_with_the_most_probable_tokens()
    {
        using var model = new RandomModel(RandomModel.Small);
        var writer = new DecoderAtPlan(Decoder.Load(model.Checkpoint), new WidthPlan(9, 40, 71));
        ReadOnlyMemory<int>[] prefixes = [.. Enumerable.Range(0, 70).Select(i => (ReadOnlyMemory<int>)RandomModel.Tokens(1 + i % 5, seed: i))];
        var written = Continuations.Write(writer, prefixes, length: 7, SamplingOptions.Greedy);
        foreach (var (prefix, tokens) in prefixes.Zip(written))
        {
            Assert.Equal(tokens, Continuations.Write(writer, [prefix], 7, SamplingOptions.Greedy)[0]);
            var logits = RandomModel.All(writer.Decoder, [.. prefix.Span, .. tokens], writer.Plan).Chunk(model.Config.VocabularySize).ToArray();
            Assert.Equal(tokens, Enumerable.Range(prefix.Length - 1, 7).Select(t => Array.IndexOf(logits[t], logits[t].Max())));
        }

        var sampled = Continuations.Write(writer, [prefixes[3], prefixes[3]], 20, new SamplingOptions { Temperature = 1, Seed = 5 });
        Assert.NotEqual(sampled[0], sampled[1]);
        Assert.Equal(sampled, Continuations.Write(writer, [prefixes[3], prefixes[3]], 20, new SamplingOptions { Temperature = 1, Seed = 5 }));
    }

    [Fact]
    public void Matching_tokens_are_counted_by_place_and_up_to_the_first_difference()
    {
        var matching = MatchingTokens.Of([[1, 2, 3, 4], [1, 1, 1, 1]], [[1, 2, 0, 4], [1, 1, 1, 1]]);
        Assert.Equal(new SampleMean(0.875, 0.125), matching.Share);
        Assert.Equal(new SampleMean(3, 1), matching.CommonBeginning);
    }

    [Fact]
    public void Texts_with_a_long_common_beginning_match_at_least_there()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        ReadOnlyMemory<int>[] prefixes = [.. Enumerable.Range(0, 20).Select(i => (ReadOnlyMemory<int>)RandomModel.Tokens(6, seed: i))];
        int[][] Of(WidthPlan plan) => Continuations.Write(new DecoderAtPlan(decoder, plan), prefixes, 10, SamplingOptions.Greedy);
        var matching = MatchingTokens.Of(Of(model.Config.FullWidths), Of(new WidthPlan(71, 71, 71)));
        Assert.InRange(matching.Share.Value, matching.CommonBeginning.Value / 10, 1);
        Assert.Equal(1, MatchingTokens.Of(Of(model.Config.FullWidths), Of(model.Config.FullWidths)).Share.Value);
    }
}
