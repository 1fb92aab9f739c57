namespace Nestor.Models.Vision;

/// <summary>What the JSON files of a vision model's folder say.</summary>
/// <param name="Config">The shape.</param>
/// <param name="Origin">What the model was cut from, if it is a slice.</param>
internal sealed record VisionDescription(VisionConfig Config, SliceOrigin? Origin = null);
