using Nestor.Inference.Measurement;

namespace Nestor.Bench;

/// <summary>One engine with one model in a comparison.</summary>
internal abstract class EngineSide
{
    public const int PromptTokens = 512, GeneratedTokens = 64;

    /// <summary>What the table calls it.</summary>
    public abstract string Name { get; }

    /// <summary>Tokens per second of reading a prompt of 512, one measurement per round.</summary>
    public Samples Prefill { get; } = new();

    /// <summary>Tokens per second of decoding 64 tokens from an empty context, one measurement per round.</summary>
    public Samples Decode { get; } = new();

    /// <summary>Measures both once; a first measurement that only warms up is not kept.</summary>
    public void Measure(bool keep)
    {
        var (prefill, decode) = (MeasurePrefill(), MeasureDecode());
        if (!keep)
            return;
        Prefill.Add(prefill);
        Decode.Add(decode);
    }

    protected abstract double MeasurePrefill();

    protected abstract double MeasureDecode();
}
