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

    private readonly Option<string?> model = new("--draft-model")
    {
        Description = "Folder of the same model with cheaper weights, such as 'nestor quantize' writes, that runs the drafts. Without --draft, at the plan of the text.",
    };

    private readonly Option<int?> tokens = new("--draft-tokens")
    {
        Description = "Draft always so many tokens. Without it the number follows acceptance and speed, and above temperature 0 the text depends on them too.",
    };

    private readonly Option<bool> lookup = new("--prompt-lookup") { Description = "Draft what followed the last tokens where they stood before." };

    public void AddTo(Command command)
    {
        command.Add(plans);
        command.Add(model);
        command.Add(tokens);
        command.Add(lookup);
    }

    /// <summary>Opens the folder of the draft model, which must stay open while text is generated; null if none was given.</summary>
    /// <exception cref="NestorException">The folder is not a usable model.</exception>
    public Checkpoint? OpenModel(ParseResult parsed) => parsed.GetValue(model) is { } folder ? Checkpoint.Open(folder) : null;

    /// <summary>How to draft; null if nothing was asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="text">The model whose text it is.</param>
    /// <param name="plan">The plan whose text it is.</param>
    /// <param name="draftModel">What <see cref="OpenModel"/> opened.</param>
    public SpeculationOptions? Options(ParseResult parsed, Checkpoint text, WidthPlan plan, Checkpoint? draftModel)
    {
        var drafts = parsed.GetRequiredValue(plans).Select(draft => WidthPlanText.Parse(draft, text.Config)).ToList();
        if (drafts.Count == 0 && draftModel is not null)
            drafts.Add(plan);
        var options = new SpeculationOptions
        {
            Drafts = drafts,
            DraftModel = draftModel is null ? null : Decoder.Load(draftModel),
            PromptLookup = parsed.GetValue(lookup),
        };
        if (parsed.GetValue(tokens) is { } fixedLength)
            return options with { DraftTokens = fixedLength, Adaptive = false };
        return options.Drafts.Count > 0 || options.PromptLookup ? options : null;
    }
}
