using Nestor.Inference;
using Nestor.Inference.Measurement;

namespace Nestor.Bench;

/// <summary>Nestor's decoder at full width: processor time of the thread for one thread, wall time for more.</summary>
internal sealed class OurSide(string name, Decoder decoder) : EngineSide
{
    private readonly KvCache cache = new(decoder.Config);

    public override string Name => name;

    protected override double MeasurePrefill() => SpeedMeasurement.Prefill(decoder, cache, decoder.Config.FullWidths, PromptTokens);

    protected override double MeasureDecode() => SpeedMeasurement.Decode(decoder, cache, decoder.Config.FullWidths, GeneratedTokens);
}
