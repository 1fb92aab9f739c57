using Nestor.Models;

namespace Nestor.Inference.Measurement;

/// <summary>The speed of a model at one plan, weight type and number of threads.</summary>
/// <param name="Plan">Neurons of each layer.</param>
/// <param name="Type">Type of the weights of the layers.</param>
/// <param name="Threads">Threads of the decoder.</param>
/// <param name="Clock">What the time was taken from.</param>
/// <param name="BytesPerToken">Bytes that one decoded token reads, for the middle one of the generation.</param>
/// <param name="Bandwidth">Bytes per second that as many threads read from memory, in the same rounds.</param>
internal sealed record MeasuredSpeed(WidthPlan Plan, WeightType Type, int Threads, string Clock, double BytesPerToken, Samples Bandwidth)
{
    /// <summary>Tokens per second of a prompt read in one call.</summary>
    public Samples Prefill { get; } = new();

    /// <summary>Tokens per second of decoding one by one.</summary>
    public Samples Decode { get; } = new();

    /// <summary>Bytes per second of decoding.</summary>
    public double BytesPerSecond => Decode.Median * BytesPerToken;

    /// <summary>The part of the read bandwidth that decoding uses; more than 1 where caches hold some of the weights.</summary>
    public double BandwidthShare => BytesPerSecond / Bandwidth.Median;
}
