using System.Text.Json;
using System.Text.Unicode;
using Nestor.Formats;

namespace Nestor.Evaluation.Tasks;

/// <summary>Reads an item from a line of a task's file.</summary>
internal static class TaskLine
{
    private const int MostChoices = 100;

    /// <exception cref="NestorException">The line is not such an item; the message is the reason, to stand after the line's number.</exception>
    public static TaskItem Read(ReadOnlyMemory<byte> line, EvaluationTask task)
    {
        if (!Utf8.IsValid(line.Span))
            throw new NestorException("it is not UTF-8 text");
        try
        {
            using var json = JsonDocument.Parse(line, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new NestorException($"it is a JSON {json.RootElement.ValueKind.ToString().ToLowerInvariant()}, an object was wanted");
            var root = new JsonPart(json.RootElement, "");
            return task.Kind switch
            {
                TaskKind.LastWord => Item([root["context"]], [root["continuation"]], gold: 0, task),
                TaskKind.Choice => Item([root["query"]], Choices(root["choices"]), root["gold"].Int32, task),
                _ => Item(Choices(root["context_options"]), [root["continuation"]], root["gold"].Int32, task),
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text with half a surrogate pair.
            throw new NestorException($"it is not valid JSON: {Quoted.OneLine(error.Message)}", error);
        }
    }

    private static JsonPart[] Choices(JsonPart part) => part.Length is >= 2 and <= MostChoices
        ? [.. part.Items]
        : throw new NestorException($"{part.Place} has {part.Length} items, 2 to {MostChoices} were wanted");

    private static TaskItem Item(JsonPart[] contexts, JsonPart[] continuations, int gold, EvaluationTask task)
    {
        var item = new TaskItem([.. contexts.Select(context => Text(context).TrimEnd() + task.Prompt)], [.. continuations.Select(continuation => Text(continuation).Trim())], gold);
        return gold >= 0 && gold < item.Choices
            ? item
            : throw new NestorException($"gold is {gold}, a choice from 0 to {item.Choices - 1} was wanted");
    }

    private static string Text(JsonPart part) => string.IsNullOrWhiteSpace(part.String) ? throw new NestorException($"{part.Place} is blank") : part.String;
}
