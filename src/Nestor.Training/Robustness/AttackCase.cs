using Nestor.Training.Robustness.Losses;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Images under attack. What falls is set aside, so that an attack works on the survivors alone.</summary>
internal sealed class AttackCase : IDisposable
{
    private readonly IDefence defence;
    private readonly Tensor images;
    private readonly Tensor broken;
    private readonly Tensor places;
    private Tensor rows;
    private Tensor? targets;

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
        (Origin, Labels, images) = (Own(origin.clone()), Own(labels.clone()), Own(origin.clone()));
        (rows, broken) = (Own(arange(labels.shape[0], device: labels.device)), Own(zeros_like(labels, ScalarType.Bool)));
        this.places = Own((places ?? rows).clone());
    }

    /// <summary>What is allowed.</summary>
    public Threat Threat { get; }

    /// <summary>Where the attack's random numbers come from; on the CPU.</summary>
    public Generator Random { get; }

    /// <summary>The number of classes.</summary>
    public int Classes => defence.Classes;

    /// <summary>The survivors as they were, (survivors, channels, height, width).</summary>
    public Tensor Origin { get; private set; }

    /// <summary>Their right answers, (survivors), int64.</summary>
    public Tensor Labels { get; private set; }

    /// <summary>Where the survivors stand among all images that are evaluated, (survivors), int64.</summary>
    public Tensor Places => places.index_select(0, rows);

    /// <summary>How many are left.</summary>
    public long Survivors => Labels.shape[0];

    /// <summary>What it has cost so far.</summary>
    public AttackCost Cost { get; private set; }

    /// <summary>Images, per gradient, of which no value had any slope, counted over every gradient taken.</summary>
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

    /// <summary>Loss, its gradient and whether the answer is still right.</summary>
    /// <param name="points">(survivors, channels, height, width).</param>
    /// <param name="loss">What to climb.</param>
    public AttackPoint Evaluate(Tensor points, AttackLoss loss)
    {
        var input = points.detach().requires_grad_();
        var logits = defence.Logits(input);
        var losses = loss.Of(logits, Labels, targets);                                                           // (survivors)
        var gradient = autograd.grad([losses.sum()], [input])[0];
        Cost += new AttackCost(Gradients: Survivors, Queries: 0);
        FlatGradients += gradient.flatten(1).eq(0).all(1).sum().item<long>();
        return new AttackPoint(losses.detach(), gradient, defence.IsCorrect([.. logits.Select(scores => scores.detach())], Labels));
    }

    /// <summary>Scores of the survivors at some points, without gradients: (survivors, classes) of each member.</summary>
    public IReadOnlyList<Tensor> Query(Tensor points)
    {
        using var quiet = no_grad();
        Cost += new AttackCost(Gradients: 0, Queries: Survivors);
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
        var fallen = correct.logical_not().nonzero().flatten();
        var fallenRows = rows.index_select(0, fallen);
        images.index_copy_(0, fallenRows, points.index_select(0, fallen));
        broken.index_fill_(0, fallenRows, true);
        var kept = correct.nonzero().flatten();
        (Origin, Labels, rows) = (Replace(Origin, kept), Replace(Labels, kept), Replace(rows, kept));
        targets = targets is null ? null : Replace(targets, kept);
        return kept;
    }

    /// <summary>Frees the images.</summary>
    public void Dispose()
    {
        foreach (var tensor in new[] { Origin, Labels, images, rows, places, broken, targets })
            tensor?.Dispose();
    }

    private static Tensor Replace(Tensor whole, Tensor kept)
    {
        var part = Own(whole.index_select(0, kept));
        whole.Dispose();
        return part;
    }

    private static Tensor Own(Tensor tensor) => tensor.DetachFromDisposeScope();
}
