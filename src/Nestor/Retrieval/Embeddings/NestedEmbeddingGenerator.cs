using Microsoft.Extensions.AI;
using Nestor.Chat;
using Nestor.Models;

namespace Nestor.Retrieval.Embeddings;

/// <summary>A model folder as an <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/>: local, in process, at any width per request, all in one space.</summary>
/// <remarks>
/// A request chooses its width by <c>AdditionalProperties["width"]</c>, a <see cref="WidthPlan"/> or its text, or by a
/// <see cref="EmbeddingGenerationOptions.ModelId"/> such as <c>name@50%</c>; without either it is the whole model. Safe for concurrent use.
/// </remarks>
/// <typeparam name="TInput">What is embedded.</typeparam>
public abstract class NestedEmbeddingGenerator<TInput> : IEmbeddingGenerator<TInput, Embedding<float>>
{
    private readonly IDisposable? owned;
    private readonly EmbeddingGeneratorMetadata metadata;

    private protected NestedEmbeddingGenerator(string folder, INestedConfig config, EmbeddingSpace space, IDisposable? owned)
    {
        (Config, Space, this.owned) = (config, space, owned);
        ModelId = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        metadata = new EmbeddingGeneratorMetadata("nestor", defaultModelId: ModelId, defaultModelDimensions: space.Dimensions);
    }

    /// <summary>The model's name in requests and answers: that of its folder.</summary>
    public string ModelId { get; }

    /// <summary>Where the embeddings lie, whatever their width.</summary>
    public EmbeddingSpace Space { get; }

    /// <summary>The widths that the model has.</summary>
    public INestedConfig Config { get; }

    /// <summary>The embeddings of some inputs, one after the other, each of <see cref="EmbeddingSpace.Dimensions"/> numbers, not normalised.</summary>
    /// <param name="inputs">The inputs.</param>
    /// <param name="plan">Feed-forward neurons of each layer.</param>
    /// <param name="cancellation">Stops between two inputs.</param>
    /// <exception cref="NestorException">An input cannot be embedded, or the plan does not fit the model.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public abstract float[][] Embed(IReadOnlyList<TInput> inputs, WidthPlan plan, CancellationToken cancellation = default);

    /// <inheritdoc/>
    /// <exception cref="NestorException">An input or an option cannot be used; the message says what to do.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<TInput> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (options?.Dimensions is { } wanted && wanted != Space.Dimensions)
            throw new NestorException($"Embeddings of {wanted} dimensions were wanted, this model's have {Space.Dimensions}; leave Dimensions out.");
        var plan = RequestedWidth.Of(options?.AdditionalProperties, options?.ModelId, ModelId, Config) ?? Config.FullWidths;
        WidthPlanText.Validate(plan, Config);
        var inputs = values.ToList();
        return Task.Run(
            () =>
            {
                var (created, model) = (TimeProvider.System.GetUtcNow(), ModelName.Print(ModelId, plan, Config));
                return new GeneratedEmbeddings<Embedding<float>>(
                    Embed(inputs, plan, cancellationToken).Select(vector => new Embedding<float>(vector) { CreatedAt = created, ModelId = model }));
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        return serviceType == typeof(EmbeddingGeneratorMetadata) ? metadata
            : serviceType == typeof(EmbeddingSpace) ? Space
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Closes the model if the generator opened it.</summary>
    public void Dispose()
    {
        owned?.Dispose();
        GC.SuppressFinalize(this);
    }
}
