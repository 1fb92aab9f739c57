namespace Nestor.Models;

/// <summary>What a sliced model was cut from; the cut itself is the slice's <see cref="ModelConfig.FullWidths"/>.</summary>
/// <param name="FullWidths">The widths of the universal model. A slice of a slice remembers the universal model, not the slice between.</param>
/// <param name="Fingerprint">The universal model's <see cref="Checkpoint.Fingerprint"/>, which all its slices share.</param>
public sealed record SliceOrigin(WidthPlan FullWidths, string Fingerprint);
