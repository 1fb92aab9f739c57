using Nestor.Inference.Measurement;

namespace Nestor.Bench;

/// <summary>One engine with one model in a comparison.</summary>
internal abstract class EngineSide
{
    public const int PromptTokens = 512, GeneratedTokens = 64;

    /// <summary>What the table calls it.</summary>
    public abstract string Name { get; }

    /// <summary>Tokens per second of reading a prompt of 512 in one call.</summary>
    public Samples Prefill { get; } = new();

    /// <summary>Tokens per second of decoding 64 tokens from an empty context.</summary>
    public Samples Decode { get; } = new();

    /// <summary>Measures a prompt once.</summary>
    public void TakePrefill() => Prefill.Add(MeasurePrefill());

    /// <summary>Measures decoding once.</summary>
    public void TakeDecode() => Decode.Add(MeasureDecode());

    /// <summary>Forgets what was measured so far.</summary>
    public void Restart()
    {
        Prefill.Clear();
        Decode.Clear();
    }

    protected abstract double MeasurePrefill();

    protected abstract double MeasureDecode();
}
