namespace Nestor.Models;

/// <summary>What a folder's <c>config.json</c> says.</summary>
/// <param name="Config">The shape.</param>
/// <param name="Origin">What the model was cut from, if it is a slice.</param>
/// <param name="Packed">How its matrices are packed, if they are.</param>
internal sealed record ModelDescription(ModelConfig Config, SliceOrigin? Origin = null, PackedWeights? Packed = null);

/// <summary>How the matrices of a packed folder are packed, and of which model.</summary>
/// <param name="Packing">Types of the matrices.</param>
/// <param name="Fingerprint">The <see cref="Checkpoint.Fingerprint"/> of the folder they were packed from.</param>
internal sealed record PackedWeights(WeightPacking Packing, string Fingerprint);
