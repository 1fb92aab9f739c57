using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.AI;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Text;

namespace Nestor.Chat;

/// <summary>A model folder as an <see cref="IChatClient"/>: local, in process, at any width per request.</summary>
/// <remarks>
/// A request chooses its width by <c>AdditionalProperties["width"]</c>, a <see cref="WidthPlan"/> or its text, or by a
/// <see cref="ChatOptions.ModelId"/> such as <c>name@50%</c>; the former counts if both are given. Used are Temperature, TopP, TopK,
/// Seed, MaxOutputTokens, StopSequences and Instructions. Safe for concurrent use: answers that are written at the same time share a batch.
/// </remarks>
public sealed class NestorChatClient : IChatClient
{
    private readonly Checkpoint checkpoint;
    private readonly bool ownsCheckpoint;
    private readonly NestorChatClientOptions options;
    private readonly Engine engine;
    private readonly ChatClientMetadata metadata;

    /// <summary>Creates a client of an open model folder.</summary>
    /// <param name="checkpoint">The model; it must stay open while the client is used.</param>
    /// <param name="options">How it answers; the defaults if not given.</param>
    /// <param name="decoder">The model's decoder, to share its weights with others; one of its own if not given.</param>
    /// <exception cref="NestorException">The folder has no tokenizer, or a chat template of no known family and none is given.</exception>
    public NestorChatClient(Checkpoint checkpoint, NestorChatClientOptions? options = null, Decoder? decoder = null)
        : this(checkpoint, options, decoder, ownsCheckpoint: false)
    {
    }

    private NestorChatClient(Checkpoint checkpoint, NestorChatClientOptions? options, Decoder? decoder, bool ownsCheckpoint)
    {
        (this.checkpoint, this.ownsCheckpoint) = (checkpoint, ownsCheckpoint);
        this.options = options ?? new NestorChatClientOptions();
        ModelId = this.options.ModelId ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(checkpoint.Folder)));
        Template = this.options.Template ?? FolderTemplate.Of(checkpoint.Folder);
        engine = new Engine(decoder ?? Decoder.Load(checkpoint), checkpoint.Tokenizer, this.options.Engine);
        metadata = new ChatClientMetadata("nestor", defaultModelId: ModelId);
    }

    /// <summary>The model's name in requests and answers.</summary>
    public string ModelId { get; }

    /// <summary>How conversations are written.</summary>
    public ChatTemplate Template { get; }

    /// <summary>Opens a model folder; disposing the client closes it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How the client answers; the defaults if not given.</param>
    /// <exception cref="NestorException">The folder is no model, has no tokenizer, or has a chat template of no known family and none is given.</exception>
    public static NestorChatClient Open(string folder, NestorChatClientOptions? options = null)
    {
        var checkpoint = Checkpoint.Open(folder);
        try
        {
            return new NestorChatClient(checkpoint, options, decoder: null, ownsCheckpoint: true);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="NestorException">The conversation or an option cannot be used; the message says what to do.</exception>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="NestorException">The conversation or an option cannot be used; the message says what to do.</exception>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var request = RequestOptions.Of(options, this.options.Generation, Template, ModelId, checkpoint.Config);
        return Answer(Template.Write(Conversation.Read(messages, options?.Instructions)), request, cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        return serviceType == typeof(ChatClientMetadata) ? metadata
            : serviceType == typeof(Checkpoint) ? checkpoint
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Ends the answers that are being written: reading one on throws. Closes the model if the client opened it.</summary>
    public void Dispose()
    {
        engine.Dispose();
        if (ownsCheckpoint)
            checkpoint.Dispose();
    }

    private async IAsyncEnumerable<ChatResponseUpdate> Answer(
        MarkedText conversation, GenerationOptions request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (id, created) = (Guid.NewGuid().ToString("N"), options.Time.GetUtcNow());
        ChatResponseUpdate Update(AIContent content) => new(ChatRole.Assistant, [content])
        {
            ResponseId = id,
            MessageId = id,
            CreatedAt = created,
            ModelId = ModelName.Print(ModelId, request.Plan!, checkpoint.Config),
        };

        var prompt = new List<int>();
        if (Template.Begins && checkpoint.Config.TokenBeforeText is { } begin)
            prompt.Add(begin);
        checkpoint.Tokenizer.Encode(conversation, prompt);

        using var session = engine.Generate(CollectionsMarshal.AsSpan(prompt), request with { ContinuesText = Template.ContinuesText && !conversation.IsEmpty }, cancellation);
        await foreach (var token in session.ConfigureAwait(false))
        {
            if (token.Text.Length > 0)
                yield return Update(new TextContent(token.Text));
        }

        var last = Update(new UsageContent(new UsageDetails
        {
            InputTokenCount = session.PromptTokens,
            OutputTokenCount = session.Tokens,
            TotalTokenCount = session.PromptTokens + session.Tokens,
        }));
        last.FinishReason = session.Finish is FinishReason.EndToken or FinishReason.StopString ? ChatFinishReason.Stop : ChatFinishReason.Length;
        yield return last;
    }
}
