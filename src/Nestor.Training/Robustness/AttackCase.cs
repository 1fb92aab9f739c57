using Nestor.Training.Robustness.Losses;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Images under attack. What falls is set aside, so that an attack works on the survivors alone.</summary>
/// <remarks>An image may be attacked in several ways at once (<see cref="FanOut"/>): it then has a row for each, and all of them go when one succeeds.</remarks>
internal sealed class AttackCase : IDisposable
{
    private readonly IDefence defence;
    private readonly Tensor images;
    private readonly Tensor broken;
    private readonly Tensor places;
    private Tensor rows;
    private Tensor? targets;
    private Seats? seats;
    private int ways = 1;

    /// <summary>Begins with images that the defence answers rightly; the tensors are copied.</summary>
    /// <param name="defence">What is attacked.</param>
    /// <param name="origin">(n, channels, height, width), pixels from 0 to 1.</param>
    /// <param name="labels">(n), int64.</param>
    /// <param name="threat">What is allowed.</param>
    /// <param name="random">Where the attack's random numbers come from.</param>
    /// <param name="places">(n), int64: where each image stands among all that are evaluated; in this order if not given.</param>
    public AttackCase(IDefence defence, Tensor origin, Tensor labels, Threat threat, Generator random, Tensor? places = null)
    {
        (this.defence, Threat, Random) = (defence, threat, random);
        (Origin, Labels, images) = (Own(origin.contiguous().clone()), Own(labels.clone()), Own(origin.contiguous().clone()));
        (rows, broken) = (Own(arange(labels.shape[0], device: labels.device)), Own(zeros_like(labels, ScalarType.Bool)));
        this.places = Own((places ?? rows).clone());
    }

    /// <summary>What is allowed.</summary>
    public Threat Threat { get; }

    /// <summary>Where the attack's random numbers come from; on the CPU.</summary>
    public Generator Random { get; }

    /// <summary>The number of classes.</summary>
    public int Classes => defence.Classes;

    /// <summary>The number of members that have scores.</summary>
    public int Members => defence.Members;

    /// <summary>The survivors as they were, (survivors, channels, height, width).</summary>
    public Tensor Origin { get; private set; }

    /// <summary>Their right answers, (survivors), int64.</summary>
    public Tensor Labels { get; private set; }

    /// <summary>Where the survivors stand among all images that are evaluated, (survivors), int64.</summary>
    public Tensor Places => places.index_select(0, rows);

    /// <summary>How many are left: images, or rows where each has several.</summary>
    public long Survivors => Labels.shape[0];

    /// <summary>What it has cost so far.</summary>
    public AttackCost Cost { get; private set; }

    /// <summary>Of all gradients, those that had no slope in any value.</summary>
    public long FlatGradients { get; private set; }

    /// <summary>Every image, moved where the attack succeeded.</summary>
    public Tensor Images => images;

    /// <summary>Whether each image fell, (n), bool.</summary>
    public Tensor Broken => broken;

    /// <summary>Gives every survivor a wrong class to reach, for targeted losses.</summary>
    /// <param name="classes">(survivors), int64; copied.</param>
    public void Aim(Tensor classes)
    {
        targets?.Dispose();
        targets = Own(classes.clone());
    }

    /// <summary>Gives every image a row for each coalition: first all images with the first one, and so on.</summary>
    /// <param name="coalitions">Members through which to attack, as many in each.</param>
    public void FanOut(IReadOnlyList<Coalition> coalitions)
    {
        using var scope = NewDisposeScope();
        ways = coalitions.Count;
        var members = tensor(coalitions.SelectMany(coalition => coalition.Members.Select(member => (long)member)).ToArray(), ways, coalitions[0].Members.Length);
        seats = new Seats(defence, members.to(Labels.device).repeat_interleave(Survivors, 0));
        Take(arange(Survivors, device: Labels.device).repeat(ways));
    }

    /// <summary>Leaves one row for each image, with no class to reach.</summary>
    public void Gather()
    {
        using var scope = NewDisposeScope();
        seats?.Dispose();
        targets?.Dispose();
        (seats, targets) = (null, null);
        Take(arange(Survivors / ways, device: Labels.device));
        ways = 1;
    }

    /// <summary>Loss, its gradient and whether the answer is still right.</summary>
    /// <param name="points">(survivors, channels, height, width).</param>
    /// <param name="loss">What to climb.</param>
    public AttackPoint Evaluate(Tensor points, AttackLoss loss) => Evaluate(points, logits => Measure(logits, loss));

    /// <summary>Loss, its gradient and whether the answer is still right.</summary>
    /// <param name="points">(survivors, channels, height, width).</param>
    /// <param name="loss">What to climb, (survivors), of the scores (survivors, classes) of each member or seat.</param>
    public AttackPoint Evaluate(Tensor points, Func<IReadOnlyList<Tensor>, Tensor> loss)
    {
        var input = points.detach().requires_grad_();
        var scores = seats is null ? defence.Logits(input) : seats.Ask(input);
        var losses = loss(seats is null ? scores : seats.BySeat(scores));                                        // (survivors)
        var gradient = autograd.grad([losses.sum()], [input])[0].contiguous();
        var passes = seats?.PerRow ?? Members;
        Cost += new AttackCost(Gradients: Survivors * passes, Queries: 0);
        FlatGradients += gradient.flatten(1).abs().amax([1]).eq(0).sum().item<long>() * passes;
        return new AttackPoint(losses.detach(), gradient, IsCorrect([.. scores.Select(part => part.detach())], points));
    }

    /// <summary>The loss at some points, without gradients, (survivors).</summary>
    /// <param name="points">(survivors, channels, height, width).</param>
    /// <param name="loss">What is measured, of the scores of each member or seat.</param>
    public Tensor Losses(Tensor points, AttackLoss loss)
    {
        using var quiet = no_grad();
        if (seats is null)
            return Measure(Query(points), loss);
        Cost += new AttackCost(Gradients: 0, Queries: Survivors * seats.PerRow);
        return Measure(seats.BySeat(seats.Ask(points)), loss);
    }

    /// <summary>Scores of the survivors at some points, without gradients: (survivors, classes) of each member, whoever has a seat.</summary>
    public IReadOnlyList<Tensor> Query(Tensor points)
    {
        using var quiet = no_grad();
        Cost += new AttackCost(Gradients: 0, Queries: Survivors * Members);
        return defence.Logits(points);
    }

    /// <summary>The loss of scores, (survivors).</summary>
    public Tensor Measure(IReadOnlyList<Tensor> logits, AttackLoss loss) => loss.Of(logits, Labels, targets);

    /// <summary>Whether scores answer rightly, (survivors), bool.</summary>
    public Tensor IsCorrect(IReadOnlyList<Tensor> logits) => defence.IsCorrect(logits, Labels);

    /// <summary>Sets aside the survivors that fell.</summary>
    /// <param name="correct">(survivors), bool.</param>
    /// <param name="points">(survivors, channels, height, width): where they fell.</param>
    /// <returns>The rows of those that stay, int64; null where all do.</returns>
    public Tensor? SetAside(Tensor correct, Tensor points)
    {
        if (correct.all().item<bool>())
            return null;
        var fallen = FirstOfEachImage(correct.logical_not().nonzero().flatten());
        var fallenRows = rows.index_select(0, fallen);
        images.index_copy_(0, fallenRows, points.index_select(0, fallen));
        broken.index_fill_(0, fallenRows, true);
        var kept = broken.index_select(0, rows).logical_not().nonzero().flatten();
        Take(kept);
        if (seats is { } old)
        {
            seats = old.Of(kept);
            old.Dispose();
        }

        return kept;
    }

    /// <summary>Frees the images.</summary>
    public void Dispose()
    {
        seats?.Dispose();
        foreach (var tensor in new[] { Origin, Labels, images, rows, places, broken, targets })
            tensor?.Dispose();
    }

    private Tensor IsCorrect(IReadOnlyList<Tensor> scores, Tensor points)
    {
        if (seats is null)
            return IsCorrect(scores);
        using var quiet = no_grad();
        var complete = seats.Complete(points, scores, out var queries);
        Cost += new AttackCost(Gradients: 0, queries);
        return IsCorrect(complete);
    }

    private Tensor FirstOfEachImage(Tensor fallen)
    {
        if (ways == 1)
            return fallen;
        var (places, images) = (fallen.cpu().data<long>().ToArray(), rows.index_select(0, fallen).cpu().data<long>().ToArray());
        return tensor([.. places.Zip(images).DistinctBy(pair => pair.Second).Select(pair => pair.First)]).to(fallen.device);
    }

    private void Take(Tensor kept)
    {
        (Origin, Labels, rows) = (Replace(Origin, kept), Replace(Labels, kept), Replace(rows, kept));
        targets = targets is null ? null : Replace(targets, kept);
    }

    private static Tensor Replace(Tensor whole, Tensor kept)
    {
        var part = Own(whole.index_select(0, kept));
        whole.Dispose();
        return part;
    }

    private static Tensor Own(Tensor tensor) => tensor.DetachFromDisposeScope();
}
