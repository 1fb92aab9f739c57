using System.CommandLine;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Cli.Commands;

/// <summary>Options of commands that generate text: who drafts it.</summary>
internal sealed class DraftingArguments
{
    private readonly Option<string[]> plans = new("--draft")
    {
        Description = "Plan that drafts tokens, which the plan of the text verifies. Repeated, narrowest first, each verifies the one before.",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<int?> tokens = new("--draft-tokens")
    {
        Description = "Draft always so many tokens. Without it the number follows acceptance and speed, and above temperature 0 the text depends on them too.",
    };

    private readonly Option<bool> lookup = new("--prompt-lookup") { Description = "Draft what followed the last tokens where they stood before." };

    public void AddTo(Command command)
    {
        command.Add(plans);
        command.Add(tokens);
        command.Add(lookup);
    }

    /// <summary>How to draft; null if nothing was asked for.</summary>
    public SpeculationOptions? Options(ParseResult parsed, ModelConfig config)
    {
        var options = new SpeculationOptions
        {
            Drafts = [.. parsed.GetRequiredValue(plans).Select(plan => WidthPlanText.Parse(plan, config))],
            PromptLookup = parsed.GetValue(lookup),
        };
        if (parsed.GetValue(tokens) is { } fixedLength)
            return options with { DraftTokens = fixedLength, Adaptive = false };
        return options.Drafts.Count > 0 || options.PromptLookup ? options : null;
    }
}
