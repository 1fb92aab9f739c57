using Nestor.Models;

namespace Nestor.Chat;

/// <summary>A model at a width, as requests name it: <c>tiny</c>, <c>tiny@50%</c>, <c>tiny@M*2,L*6</c>.</summary>
internal static class ModelName
{
    private const char At = '@';

    /// <summary>The plan that a request's name asks for; null if it names the model alone.</summary>
    /// <param name="asked">The name in the request.</param>
    /// <param name="model">The name of the model.</param>
    /// <param name="config">Its shape.</param>
    /// <exception cref="NestorException">It is another model's name, or what follows it is no plan.</exception>
    public static WidthPlan? Plan(string asked, string model, INestedConfig config)
    {
        if (asked == model)
            return null;
        if (asked.StartsWith(model, StringComparison.Ordinal) && asked[model.Length] == At)
            return WidthPlanText.Parse(asked[(model.Length + 1)..], config);
        throw new NestorException($"There is no model '{asked}' here; ask for '{model}' or a width of it, such as '{model}{At}50%'.");
    }

    /// <summary>The name of a model at a plan.</summary>
    public static string Print(string model, WidthPlan plan, INestedConfig config) =>
        plan.Equals(config.FullWidths) ? model : $"{model}{At}{WidthPlanText.Print(plan, config.Granularities)}";
}
