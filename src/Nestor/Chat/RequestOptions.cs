using Microsoft.Extensions.AI;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Chat;

/// <summary>A request's <see cref="ChatOptions"/> as the options of a generation.</summary>
internal static class RequestOptions
{
    /// <summary>What the request says, and the defaults where it says nothing. The plan is always given.</summary>
    /// <exception cref="NestorException">A value is out of range, the width is unknown, another model is asked for, or something that a text model cannot do.</exception>
    public static GenerationOptions Of(ChatOptions? request, GenerationOptions defaults, ChatTemplate template, string model, ModelConfig config)
    {
        if (request is not null)
            Refuse(request);
        var sampling = defaults.Sampling;
        var options = defaults with
        {
            MaxTokens = request?.MaxOutputTokens ?? defaults.MaxTokens,
            StopStrings = [.. request?.StopSequences?.AsEnumerable() ?? defaults.StopStrings, .. template.Ends],
            Plan = RequestedWidth.Of(request?.AdditionalProperties, request?.ModelId, model, config) ?? defaults.Plan ?? config.FullWidths,
            Sampling = sampling with
            {
                Temperature = Double(request?.Temperature) ?? sampling.Temperature,
                TopP = Double(request?.TopP) ?? sampling.TopP,
                TopK = request?.TopK ?? sampling.TopK,
                Seed = unchecked((ulong?)request?.Seed) ?? sampling.Seed,
            },
        };
        options.Validate();
        WidthPlanText.Validate(options.Plan, config);
        return options;
    }

    private static void Refuse(ChatOptions request)
    {
        if (request.Tools is { Count: > 0 } && request.ToolMode is not NoneChatToolMode)
            throw new NestorException("The request has tools, and tools are not supported; remove them, or set ToolMode to None.");
        if (request.ResponseFormat is ChatResponseFormatJson)
            throw new NestorException("The request wants JSON, and answers are plain text; remove ResponseFormat.");
        if (request.ConversationId is not null)
            throw new NestorException("The request goes on with a conversation by its id, and none are kept here; give all messages.");
        if (request.FrequencyPenalty is not (null or 0) || request.PresencePenalty is not (null or 0))
            throw new NestorException("The request has a penalty for repeated words, and none are supported; remove FrequencyPenalty and PresencePenalty.");
    }

    // 0.1f is meant as 0.1.
    private static double? Double(float? value) => value is { } given ? (double)(decimal)given : null;
}
