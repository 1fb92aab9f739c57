using Nestor.Inference;

namespace Nestor.Chat;

/// <summary>How a chat client answers where a request does not say it.</summary>
public sealed record NestorChatClientOptions
{
    /// <summary>The model's name in requests and answers; the folder's name if not given.</summary>
    public string? ModelId { get; init; }

    /// <summary>How conversations are written; recognised from the folder if not given, and <see cref="ChatTemplates.Plain"/> where it has none.</summary>
    public ChatTemplate? Template { get; init; }

    /// <summary>
    /// How answers are generated: until the model ends them or the context is full, by default. A request without a seed uses the one
    /// given here, so that the same request gives the same answer.
    /// </summary>
    public GenerationOptions Generation { get; init; } = new() { MaxTokens = int.MaxValue };

    /// <summary>How answers that are written at the same time share the model.</summary>
    public EngineOptions Engine { get; init; } = new();

    /// <summary>Dates the answers.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
