using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nestor.Training.Robustness.Attacks;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Resuming;

/// <summary>What <c>evaluation.json</c> says of an evaluation: all that its result depends on, and which unperturbed images are answered rightly.</summary>
internal sealed record EvaluationFacts
{
    private const int ImagesScored = 8;

    // Threads and processors may change the last digits of a score, another defence changes the first ones.
    private const double SameScore = 1e-3;

    public static JsonSerializerOptions Json { get; } = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public required string Defence { get; init; }

    /// <summary>Scores of the first images by every member.</summary>
    public required IReadOnlyList<float> Scores { get; init; }

    public required string Images { get; init; }

    public required string Labels { get; init; }

    public required string Threat { get; init; }

    public required int Batch { get; init; }

    public required long Seed { get; init; }

    public required IReadOnlyList<string> Attacks { get; init; }

    /// <summary>1 for every unperturbed image that is answered rightly, 0 for the others.</summary>
    public required string Correct { get; init; }

    public static EvaluationFacts Of(IDefence defence, Tensor images, Tensor labels, bool[] isCorrect, Threat threat, IReadOnlyList<Attack> attacks, EvaluationOptions options)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var scores = defence.Logits(images.narrow(0, 0, Math.Min(ImagesScored, images.shape[0])));
        return new EvaluationFacts
        {
            Defence = defence.ToString()!,
            Scores = cat([.. scores.Select(member => member.flatten())], 0).to(ScalarType.Float32).cpu().data<float>().ToArray(),
            Images = Checksum(images),
            Labels = Checksum(labels),
            Threat = threat.ToString(),
            Batch = options.Batch,
            Seed = options.Seed,
            Attacks = [.. attacks.Select(attack => attack.Identity)],
            Correct = string.Concat(isCorrect.Select(correct => correct ? '1' : '0')),
        };
    }

    /// <summary>A text that differs where the values of two tensors differ.</summary>
    public static string Checksum(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return Convert.ToHexStringLower(SHA256.HashData(tensor.detach().cpu().contiguous().bytes).AsSpan(0, 16));
    }

    /// <summary>Where another evaluation would not be this one continued.</summary>
    public IEnumerable<string> Differences(EvaluationFacts other)
    {
        if (Defence != other.Defence)
            yield return $"it attacked {Defence}, not {other.Defence}";
        else if (Scores.Count != other.Scores.Count || Scores.Zip(other.Scores).Any(pair => !IsSame(pair.First, pair.Second)))
            yield return "the defence scored the first images otherwise, so it was another one, or a random one";
        if (Images != other.Images || Labels != other.Labels || Correct.Length != other.Correct.Length)
            yield return "it was about other images";
        if (Threat != other.Threat)
            yield return $"the threat was {Threat}, not {other.Threat}";
        if (Batch != other.Batch)
            yield return $"{Batch} images were attacked together, not {other.Batch}";
        if (Seed != other.Seed)
            yield return $"the seed was {Seed}, not {other.Seed}";
        if (Attacks.Count != other.Attacks.Count)
            yield return $"there were {Attacks.Count} attacks, not {other.Attacks.Count}";
        else if (Enumerable.Range(0, Attacks.Count).Where(i => Attacks[i] != other.Attacks[i]).Select(i => (int?)i).FirstOrDefault() is { } differs)
            yield return $"attack {differs + 1} was {Attacks[differs]}, not {other.Attacks[differs]}";
    }

    private static bool IsSame(float first, float second) => first.Equals(second) || Math.Abs(first - second) <= SameScore * (1 + Math.Abs(first));
}
