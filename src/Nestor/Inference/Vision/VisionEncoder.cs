using Nestor.Inference.Network;
using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Inference.Vision;

/// <summary>A vision transformer whose size is chosen per call: one resident set of weights, any width plan. Classes and embeddings of pictures.</summary>
/// <remarks>
/// MatViT (MatFormer, arXiv 2310.07707, §4.2): a plan of width m reads the first m neurons of a layer, in place. A picture's results depend
/// on the picture and the plan alone: they are bit for bit the same in any batch, on any number of threads, and for a plan run in place
/// and a folder extracted at that plan (of quantised weights, at widths that are multiples of 32: so many neurons share a scale). Embeddings of
/// all plans lie in one space (§4.2.2). Several threads may use an encoder; their calls take turns.
/// </remarks>
public sealed unsafe class VisionEncoder
{
    /// <summary>Rows that pass through the network together on one thread: enough to read each weight seldom, few enough to stay in a core's caches.</summary>
    private const int RowsTogether = 400;

    private readonly VisionWeights weights;
    private readonly EncoderPass team;
    private readonly PictureShares alone;
    private readonly Lock running = new();

    private VisionEncoder(VisionConfig config, string fingerprint, VisionWeights weights, KernelChoice kernels, int threads)
    {
        (Config, Fingerprint, this.weights, Threads) = (config, fingerprint, weights, threads);
        team = new EncoderPass(config, weights, kernels, threads);
        alone = new PictureShares(config, [.. Enumerable.Range(0, threads).Select(_ => new EncoderPass(config, weights, kernels, threads: 1))]);
    }

    /// <summary>The model's shape.</summary>
    public VisionConfig Config { get; }

    /// <summary>The checkpoint's <see cref="VisionCheckpoint.Fingerprint"/>: embeddings of encoders with the same one can be compared.</summary>
    public string Fingerprint { get; }

    /// <summary>Most threads one call uses.</summary>
    public int Threads { get; }

    /// <summary>Type of the weights of the layers.</summary>
    public WeightType Weights => weights.Packing.Type;

    /// <summary>Prepares a model folder's weights for the kernels. The checkpoint may be closed afterwards.</summary>
    /// <param name="checkpoint">The open model folder.</param>
    /// <param name="options">How to run it; the defaults if not given.</param>
    /// <exception cref="NestorException">An option is out of range, the weights cannot be held as asked, or there is not enough memory.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public static VisionEncoder Load(VisionCheckpoint checkpoint, DecoderOptions? options = null) => Load(checkpoint, options ?? new DecoderOptions(), KernelChoice.Best);

    internal static VisionEncoder Load(VisionCheckpoint checkpoint, DecoderOptions options, KernelChoice kernels)
    {
        options.Validate();
        var threads = options.Threads ?? Environment.ProcessorCount;
        return new VisionEncoder(checkpoint.Config, checkpoint.Fingerprint, VisionWeights.Load(checkpoint, options.Weights, threads), kernels, threads);
    }

    /// <summary>Scores of the classes, (n, classes).</summary>
    /// <param name="images">(n, channels, height, width), normalised (<see cref="VisionConfig.Normalize"/>).</param>
    /// <param name="plan">Feed-forward neurons of each layer.</param>
    /// <exception cref="NestorException">The values are not those of whole pictures of the model's size, one is not finite, or the plan does not fit the model.</exception>
    public float[] Logits(ReadOnlySpan<float> images, WidthPlan plan)
    {
        var logits = new float[checked(Count(images) * Config.Classes)];
        Run(images, plan, embeddings: default, logits);
        return logits;
    }

    /// <summary>Embeddings: the vector that the classifier reads, (n, hidden), not normalised.</summary>
    /// <inheritdoc cref="Logits(ReadOnlySpan{float}, WidthPlan)"/>
    public float[] Embed(ReadOnlySpan<float> images, WidthPlan plan)
    {
        var embeddings = new float[checked(Count(images) * Config.HiddenSize)];
        Run(images, plan, embeddings, logits: default);
        return embeddings;
    }

    /// <summary>Embeddings and scores in one pass.</summary>
    /// <param name="images">(n, channels, height, width), normalised (<see cref="VisionConfig.Normalize"/>).</param>
    /// <param name="plan">Feed-forward neurons of each layer.</param>
    /// <param name="embeddings">(n, hidden) receives the embeddings; empty where they are not wanted.</param>
    /// <param name="logits">(n, classes) receives the scores; empty where they are not wanted.</param>
    /// <exception cref="NestorException">The values are not those of whole pictures of the model's size, one is not finite, or the plan does not fit the model.</exception>
    /// <exception cref="ArgumentException">There is room for another number of results.</exception>
    public void Run(ReadOnlySpan<float> images, WidthPlan plan, Span<float> embeddings, Span<float> logits)
    {
        var count = Count(images);
        WidthPlanText.Validate(plan, Config);
        CheckRoom(embeddings.Length, (long)count * Config.HiddenSize, nameof(embeddings));
        CheckRoom(logits.Length, (long)count * Config.Classes, nameof(logits));
        FiniteInputs.Check(images, Config);
        lock (running)
        {
            fixed (float* first = images, vectors = embeddings, scores = logits)
                Execute(new EncoderCall(first, count, plan, vectors, scores));
        }

        GC.KeepAlive(weights);
    }

    // With a picture for every thread each runs its own; fewer are shared by all.
    private void Execute(EncoderCall call)
    {
        if (call.Count < Threads)
        {
            if (call.Count == 0)
                return;
            team.Reserve(call.Count);
            team.Execute(call);
            return;
        }

        var most = Math.Max(1, RowsTogether / Config.Positions);
        alone.Execute(call, Math.Min(most, (call.Count + Threads - 1) / Threads));
    }

    private int Count(ReadOnlySpan<float> images) => images.Length % Config.ImageLength == 0
        ? images.Length / Config.ImageLength
        : throw new NestorException($"{images.Length} values were given; a picture of this model has {Config.ImageLength} ({Config.Channels} x {Config.ImageSize} x {Config.ImageSize}). Bring pictures to the model's size and channels first.");

    private static void CheckRoom(int found, long wanted, string name)
    {
        if (found != 0 && found != wanted)
            throw new ArgumentException($"{wanted} {name} were wanted, there is room for {found}.", name);
    }
}
