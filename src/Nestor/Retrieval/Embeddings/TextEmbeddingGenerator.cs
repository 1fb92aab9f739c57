using Nestor.Inference;
using Nestor.Models;
using Nestor.Text;

namespace Nestor.Retrieval.Embeddings;

/// <summary>Embeddings of texts: the mean of a language model's vectors after its final norm (<see cref="Decoder.Embed"/>).</summary>
public sealed class TextEmbeddingGenerator : NestedEmbeddingGenerator<string>
{
    private readonly Decoder decoder;
    private readonly Tokenizer tokenizer;

    /// <summary>Creates a generator of an open model folder.</summary>
    /// <param name="checkpoint">The model; it must stay open while the generator is used.</param>
    /// <param name="decoder">The model's decoder, to share its weights with others; one of its own if not given.</param>
    /// <exception cref="NestorException">The folder has no tokenizer, or there is not enough memory.</exception>
    public TextEmbeddingGenerator(Checkpoint checkpoint, Decoder? decoder = null)
        : this(checkpoint, decoder, owned: null)
    {
    }

    private TextEmbeddingGenerator(Checkpoint checkpoint, Decoder? decoder, IDisposable? owned)
        : base(checkpoint.Folder, checkpoint.Config, EmbeddingSpace.Of(checkpoint), owned)
    {
        tokenizer = checkpoint.Tokenizer;
        this.decoder = decoder ?? Decoder.Load(checkpoint);
    }

    /// <summary>Opens a model folder; disposing the generator closes it.</summary>
    /// <exception cref="NestorException">The folder is no language model, or has no tokenizer.</exception>
    public static TextEmbeddingGenerator Open(string folder)
    {
        var checkpoint = Checkpoint.Open(folder);
        try
        {
            return new TextEmbeddingGenerator(checkpoint, decoder: null, checkpoint);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override float[][] Embed(IReadOnlyList<string> inputs, WidthPlan plan, CancellationToken cancellation = default)
    {
        var embeddings = new float[inputs.Count][];
        for (var i = 0; i < embeddings.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var tokens = tokenizer.Encode(inputs[i]);
            if (tokens.Length == 0)
                throw new NestorException($"The text {i + 1} of {inputs.Count} is empty and has no embedding; leave it out.");
            embeddings[i] = new float[Space.Dimensions];
            decoder.Embed(tokens, plan, embeddings[i]);
        }

        return embeddings;
    }
}
