using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Nestor.Models;

namespace Nestor.Chat;

/// <summary>The width plan that a request of Microsoft.Extensions.AI asks for.</summary>
internal static class RequestedWidth
{
    /// <summary>The key of a request's additional properties that chooses a width plan.</summary>
    public const string Key = "width";

    /// <summary>The plan of the property, otherwise that of the model's name, otherwise null.</summary>
    /// <param name="properties">The request's additional properties.</param>
    /// <param name="asked">The model that the request names.</param>
    /// <param name="model">The name of the model here.</param>
    /// <param name="config">Its shape.</param>
    /// <exception cref="NestorException">The width is unknown, or another model is asked for.</exception>
    public static WidthPlan? Of(AdditionalPropertiesDictionary? properties, string? asked, string model, INestedConfig config)
    {
        var named = asked is null ? null : ModelName.Plan(asked, model, config);
        return properties?.TryGetValue(Key, out var width) == true ? Plan(width, config) : named;
    }

    // Options that came as JSON hold elements.
    private static WidthPlan Plan(object? width, INestedConfig config) => width switch
    {
        WidthPlan plan => plan,
        string text => WidthPlanText.Parse(text, config),
        int neurons => WidthPlanText.Parse(neurons.ToString(CultureInfo.InvariantCulture), config),
        JsonElement { ValueKind: JsonValueKind.String or JsonValueKind.Number } json => WidthPlanText.Parse(json.ToString(), config),
        _ => throw new NestorException($"The option '{Key}' is {(width is null ? "null" : $"of the type {width.GetType().Name}")}; give a WidthPlan or its text, such as \"50%\"."),
    };
}
