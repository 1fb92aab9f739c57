using Nestor.Models;

namespace Nestor.Inference;

/// <summary>A model as it is deployed: a decoder, and the plan it runs at.</summary>
/// <param name="Decoder">The resident weights.</param>
/// <param name="Plan">Feed-forward neurons of each layer.</param>
public sealed record DecoderAtPlan(Decoder Decoder, WidthPlan Plan);
