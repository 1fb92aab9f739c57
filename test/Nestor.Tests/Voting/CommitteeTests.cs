using CsCheck;
using Nestor.Inference.Vision;
using Nestor.Models;
using Nestor.Tests.Inference.Vision;
using Nestor.Voting;

namespace Nestor.Tests.Voting;

public sealed class CommitteeTests
{
    [Fact]
    public void Stopping_early_gives_the_answer_of_the_whole_committee() =>
        Gen.Select(Gen.Int[0, 3].Array[5].Array[0, 8], Gen.Int[0, 2]).Sample((tables, kind) =>
        {
            VotePolicy policy = kind switch { 0 => new AbsoluteMajority(), 1 => new StrictPlurality(), _ => new TrustedPlurality() };
            var committee = new Committee<int[]>([.. Enumerable.Range(0, 5).Select(member => new FunctionClassifier<int[]>(4, votes => votes[member]))], policy);
            var verdicts = committee.Decide(tables);
            Assert.Equal(tables.Select(votes => policy.Decide(votes)), verdicts.Select(verdict => verdict.Label));
            Assert.All(verdicts, verdict => Assert.InRange(verdict.Asked, 3, 5));
        });

    [Fact]
    public void Members_see_only_what_is_still_open()
    {
        List<int> seen = [];
        var committee = new Committee<int>(
            [Constant(2, 0), new FunctionClassifier<int>(2, input => input), new FunctionClassifier<int>(2, Last)], new AbsoluteMajority());
        Assert.Equal([new(0, 2), new(1, 3), new(0, 2), new(1, 3)], committee.Decide([0, 1, 0, 1]));
        Assert.Equal([1, 1], seen);

        int Last(int input)
        {
            seen.Add(input);
            return 1;
        }
    }

    [Fact]
    public void Members_that_do_not_fit_are_refused()
    {
        Assert.Contains("3 and 4 classes", Assert.Throws<NestorException>(() => new Committee<int>([Constant(3, 0), Constant(4, 0), Constant(4, 0)], new StrictPlurality())).Message);
        Assert.Throws<NestorException>(() => new Committee<int>([Constant(1, 0)], new StrictPlurality()));
        Assert.Throws<NestorException>(() => new Committee<int>([Constant(3, 0), Constant(3, 0)], new AbsoluteMajority()));
        Assert.Contains("class 7", Assert.Throws<NestorException>(() => new Committee<int>([Constant(3, 7)], new StrictPlurality()).Decide([1])).Message);
    }

    [Fact]
    public void Slices_of_one_model_vote_as_they_answer_alone()
    {
        using var model = new RandomVision(RandomVision.Small);
        var encoder = VisionEncoder.Load(model.Checkpoint);
        var widths = model.Config.Granularities.Select(granularity => granularity.Width);
        List<VisionClassifier> members = [.. widths.Take(3).Select(width => new VisionClassifier(encoder, WidthPlan.Uniform(width, model.Config.Layers)))];
        float[][] pictures = [.. RandomVision.Images(model.Config, 20).Chunk(model.Config.ImageLength)];
        var alone = members.Select(member => member.Classify(pictures)).ToList();
        var policy = new StrictPlurality();
        Assert.Equal(
            pictures.Select((_, i) => policy.Decide([.. alone.Select(labels => labels[i])])),
            new Committee<float[]>(members, policy).Decide(pictures).Select(verdict => verdict.Label));
    }

    private static FunctionClassifier<int> Constant(int classes, int label) => new(classes, _ => label);
}
