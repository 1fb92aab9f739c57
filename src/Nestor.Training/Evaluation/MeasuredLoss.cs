using Nestor.Models;

namespace Nestor.Training.Evaluation;

/// <summary>The loss of a model at a plan on some text.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="NatsPerToken">Mean cross-entropy of the next token.</param>
/// <param name="BitsPerByte">Cross-entropy in bits over the bytes of the text: the figure that compares models with different tokenizers.</param>
/// <param name="Tokens">Tokens predicted.</param>
public sealed record MeasuredLoss(WidthPlan Plan, double NatsPerToken, double BitsPerByte, long Tokens);
