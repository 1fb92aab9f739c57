using CsCheck;
using Nestor.Evaluation.Tasks;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Evaluation.Tasks;

public sealed class FewShotsTests
{
    private static readonly TaskItem[] Items = [.. Enumerable.Range(0, 30).Select(i => new TaskItem([$"question {i}"], ["wrong", $"answer {i}"], 1))];

    [Fact]
    public void Examples_are_different_others() =>
        Gen.Select(Gen.Int[0, 29], Gen.Int[0, 29], Gen.ULong).Sample((item, shots, seed) =>
        {
            var examples = new FewShots(Items, shots, seed).Examples(item);
            Assert.Equal(shots, examples.Distinct().Count());
            Assert.DoesNotContain(item, examples);
            Assert.All(examples, example => Assert.InRange(example, 0, 29));
        });

    [Fact]
    public void The_seed_and_the_item_decide_them()
    {
        var shots = new FewShots(Items, 5, seed: 3);
        Assert.Equal(shots.Examples(4), new FewShots(Items, 5, seed: 3).Examples(4));
        Assert.NotEqual(shots.Examples(4), new FewShots(Items, 5, seed: 4).Examples(4));
        Assert.NotEqual(shots.Examples(4), shots.Examples(5));
    }

    [Fact]
    public void Every_other_item_is_drawn_about_equally_often()
    {
        var counts = new int[30];
        for (var seed = 0; seed < 2900; seed++)
            counts[Assert.Single(new FewShots(Items, 1, (ulong)seed).Examples(7))]++;
        Assert.Equal(0, counts[7]);
        Assert.All(counts.Where((_, item) => item != 7), count => Assert.InRange(count, 60, 150));
    }

    [Fact]
    public void They_stand_before_the_item_with_their_right_answers_and_blank_lines()
    {
        var shots = new FewShots(Items, 2, seed: 1);
        var (first, second) = (shots.Examples(0)[0], shots.Examples(0)[1]);
        Assert.Equal($"question {first} answer {first}\n\nquestion {second} answer {second}\n\n", shots.Before(0));
        Assert.Equal("", new FewShots(Items, 0, seed: 1).Before(0));
    }

    [Fact]
    public void More_shots_than_other_items_are_refused() => Errors.AreOneLineWith(() => _ = new FewShots(Items, 30, seed: 1), "30 examples", "29 others");
}
