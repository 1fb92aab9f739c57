using Nestor.Models;

namespace Nestor.Inference;

/// <summary>One sequence's part of a batch: tokens to read after those in its cache, at a width plan of its own.</summary>
/// <param name="Cache">What the sequence has read so far; no cache may be twice in a batch.</param>
/// <param name="Tokens">At least one token id.</param>
/// <param name="Plan">Feed-forward neurons of each layer.</param>
/// <param name="Logits">
/// Receives scores: of the token after the last (vocabulary), of the token after each (tokens, vocabulary), or none where it is empty.
/// </param>
public readonly record struct SequenceTokens(KvCache Cache, ReadOnlyMemory<int> Tokens, WidthPlan Plan, Memory<float> Logits);
