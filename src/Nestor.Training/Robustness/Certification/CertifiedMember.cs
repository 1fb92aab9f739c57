using Nestor.Models;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Certification;

/// <summary>A member of a committee, with what can be proved of it.</summary>
/// <param name="Scores">Scores the classes of images, (n, channels, height, width) in pixels from 0 to 1, as (n, classes).</param>
/// <param name="IsCertain">Whether no attacker can change an answer, of images, answers (n), int64, and threat; null where the member gives no bounds and nothing is proved of it.</param>
public sealed record CertifiedMember(Func<Tensor, Tensor> Scores, Func<Tensor, Tensor, Threat, bool[]>? IsCertain)
{
    /// <summary>A model at one of its sizes; boxes of images can be followed through plain networks.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">Widths, one per layer.</param>
    public static CertifiedMember Of(IImageModel model, WidthPlan plan) => new(
        PixelScores.Of(model, plan), model is PlainNet net ? (images, answers, threat) => CertifiedVote.IsCertain(net, plan, images, answers, threat) : null);
}
