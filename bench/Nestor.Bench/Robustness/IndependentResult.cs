using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nestor.Bench.Robustness;

/// <summary>What the independent program found, as its script writes it.</summary>
/// <param name="Commit">What it was checked out at.</param>
/// <param name="Torch">The version of PyTorch.</param>
/// <param name="Clean">Whether each unperturbed image is answered rightly.</param>
/// <param name="Robust">Whether each image is answered rightly as it was moved.</param>
/// <param name="Attacks">After each attack.</param>
/// <param name="Seconds">Processor time of the evaluation.</param>
/// <param name="Wall">Wall time of the evaluation.</param>
/// <param name="Warnings">What it doubts.</param>
/// <param name="Judged">Whether each image that was given to be judged is answered rightly.</param>
internal sealed record IndependentResult(
    string Commit,
    string Torch,
    bool[] Clean,
    bool[] Robust,
    IndependentStep[] Attacks,
    double Seconds,
    double Wall,
    string[] Warnings,
    bool[] Judged)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true };

    /// <summary>The scores of the unperturbed images, (n, classes), row by row.</summary>
    [JsonIgnore]
    public float[] Logits { get; init; } = [];

    /// <summary>The images, moved where an attack succeeded, (n, channels, height, width).</summary>
    [JsonIgnore]
    public float[] Moved { get; init; } = [];

    /// <summary>Reads a result.</summary>
    public static IndependentResult Read(string path) =>
        JsonSerializer.Deserialize<IndependentResult>(File.ReadAllBytes(path), Json) ?? throw new InvalidOperationException($"{path} is empty.");
}

/// <summary>How far the independent program was after an attack.</summary>
/// <param name="Attack">Its name there.</param>
/// <param name="Robust">The share of images that were left.</param>
/// <param name="Seconds">Processor time since the beginning.</param>
internal sealed record IndependentStep(string Attack, double Robust, double Seconds);
