using System.Runtime.InteropServices;
using Nestor.Inference;

namespace Nestor.Evaluation.Consistency;

/// <summary>Texts that a model writes after prefixes, all of one length.</summary>
public static class Continuations
{
    private const int AtOnce = 64;

    /// <summary>Continues every prefix.</summary>
    /// <param name="model">The writer.</param>
    /// <param name="prefixes">At least one token each.</param>
    /// <param name="length">Tokens to write after each; an end token does not end a text.</param>
    /// <param name="sampling">How tokens are chosen; the n-th prefix has the n-th seed from the given one on.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <returns>The tokens written, without the prefixes.</returns>
    /// <exception cref="NestorException">The texts do not fit in the context, or the plan not in the model.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static int[][] Write(DecoderAtPlan model, IReadOnlyList<ReadOnlyMemory<int>> prefixes, int length, SamplingOptions sampling, CancellationToken cancellation = default)
    {
        var written = new int[prefixes.Count][];
        var vocabulary = model.Decoder.Config.VocabularySize;
        foreach (var numbers in Enumerable.Range(0, prefixes.Count).Chunk(AtOnce))
        {
            var logits = numbers.Select(_ => new float[vocabulary]).ToArray();
            var samplers = numbers.Select(number => new Sampler(sampling with { Seed = sampling.Seed + (ulong)number })).ToArray();
            var batch = numbers.Select((number, i) => new SequenceTokens(new KvCache(model.Decoder.Config), prefixes[number], model.Plan, logits[i])).ToList();
            foreach (var number in numbers)
                written[number] = new int[length];
            for (var step = 0; step < length; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                model.Decoder.Forward(CollectionsMarshal.AsSpan(batch));
                for (var i = 0; i < numbers.Length; i++)
                {
                    written[numbers[i]][step] = samplers[i].Sample(logits[i]);
                    batch[i] = batch[i] with { Tokens = written[numbers[i]].AsMemory(step, 1) };
                }
            }
        }

        return written;
    }
}
