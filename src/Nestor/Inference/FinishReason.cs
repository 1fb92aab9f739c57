namespace Nestor.Inference;

/// <summary>Why a generated text ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it, with its end token or with the token that begins another text.</summary>
    EndToken,

    /// <summary>A stop string appeared.</summary>
    StopString,

    /// <summary>It has as many tokens as were asked for.</summary>
    MaxTokens,

    /// <summary>Prompt and text fill the model's context.</summary>
    ContextFull,
}
