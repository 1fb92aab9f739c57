using System.Globalization;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Signs that an evaluation shows more robustness than there is.</summary>
/// <remarks>Croce and Hein's program raises most of them; the indicators are those of Pintor et al. 2022 (arXiv 2106.09947).</remarks>
internal static class Doubts
{
    private const int ImagesAsked = 100, Passes = 5;
    private const double Different = 1e-4, FlatShare = 0.1, BlackBoxLead = 0.002;

    /// <summary>Looks for them.</summary>
    /// <param name="defence">What was attacked.</param>
    /// <param name="images">(n, channels, height, width) unperturbed.</param>
    /// <param name="attacks">What the attacks did, in their order.</param>
    /// <param name="count">Images of the evaluation.</param>
    /// <param name="check">What the attack that should find nothing did; null where there was none.</param>
    public static IEnumerable<RobustnessWarning> About(IDefence defence, Tensor images, IReadOnlyList<AttackResult> attacks, int count, AttackResult? check)
    {
        if (!Slope.Exists(defence, images))
            yield return new("NST109", "The scores have no gradients, so only attacks that need none were tried; the robust accuracy is an upper bound that attacks on the model itself may lower much.");
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var some = images.narrow(0, 0, Math.Min(ImagesAsked, images.shape[0]));
        var logits = defence.Logits(some);
        if (Enumerable.Range(1, Passes - 1).Any(_ => defence.Logits(some).Zip(logits).Any(pair => Differs(pair.First, pair.Second))))
            yield return new("NST101", "The same image has different scores each time; gradients of a randomised defence must be averaged, so attacks were too weak here.");
        if (logits.Any(LookLikeProbabilities))
            yield return new("NST103", "A member's scores look like probabilities; give logits, whose gradients do not vanish where the model is sure.");
        foreach (var attack in attacks.Where(attack => attack.FlatShare > FlatShare))
            yield return new("NST102", string.Create(CultureInfo.InvariantCulture, $"{attack.FlatShare:P0} of the gradients of {attack.Attack} were zero; the robust accuracy is optimistic."));
        foreach (var attack in attacks.SkipWhile(attack => attack.Cost.Gradients == 0).Where(attack => attack.Cost.Gradients == 0 && attack.Broken > BlackBoxLead * count))
            yield return new("NST104", $"{attack.Attack}, which sees no gradients, broke {attack.Broken} images that withstood the attacks before it; their gradients mislead.");
        if (check is { Broken: > 0 })
            yield return new("NST110", $"{check.Attack} with {check.Settings}, a check that should find nothing, broke {check.Broken} images that withstood everything before it; the attacks before it are too weak.");
    }

    private static bool Differs(Tensor first, Tensor second) => (first - second).abs().max().item<float>() > Different;

    private static bool LookLikeProbabilities(Tensor scores) =>
        scores.ge(0).all().item<bool>() && (scores.sum([1]) - 1).abs().max().item<float>() < Different;
}
