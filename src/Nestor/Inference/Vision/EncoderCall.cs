using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Inference.Vision;

/// <summary>Pictures that go through the network together, and where their results go. The memory stays in its place meanwhile.</summary>
internal readonly unsafe struct EncoderCall(float* images, int count, WidthPlan plan, float* embeddings, float* logits)
{
    /// <summary>(count, channels, height, width), normalised.</summary>
    public float* Images => images;

    /// <summary>Number of pictures.</summary>
    public int Count => count;

    /// <summary>Feed-forward neurons of each layer.</summary>
    public WidthPlan Plan => plan;

    /// <summary>(count, hidden); null where they are not wanted.</summary>
    public float* Embeddings => embeddings;

    /// <summary>(count, classes); null where they are not wanted.</summary>
    public float* Logits => logits;

    /// <summary>Some of the pictures.</summary>
    public EncoderCall Slice(VisionConfig config, int first, int number) => new(
        images + (nint)first * config.ImageLength, number, plan,
        embeddings == null ? null : embeddings + (nint)first * config.HiddenSize,
        logits == null ? null : logits + (nint)first * config.Classes);
}
