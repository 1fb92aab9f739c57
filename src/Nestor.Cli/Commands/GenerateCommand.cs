using System.CommandLine;
using System.Globalization;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor generate MODEL --prompt …</c>: continues a text with the model at any plan, without native code.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var (model, plan, seed) = (Arguments.Model(), Arguments.Plan(), Arguments.Seed());
        var prompt = new Option<string>("--prompt") { Description = "The beginning of the text.", DefaultValueFactory = _ => "" };
        var tokens = new Option<int>("--tokens") { Description = "Most tokens to generate.", DefaultValueFactory = _ => 128 };
        var temperature = new Option<double>("--temperature") { Description = "0 for greedy; higher is more varied.", DefaultValueFactory = _ => 0.8 };
        var topK = new Option<int>("--top-k") { Description = "Choose among this many likeliest tokens; 0 for all.", DefaultValueFactory = _ => 0 };
        var topP = new Option<double>("--top-p") { Description = "Choose among the likeliest tokens that together have this probability.", DefaultValueFactory = _ => 0.95 };
        var minP = new Option<double>("--min-p") { Description = "Choose among tokens at least this share as likely as the likeliest.", DefaultValueFactory = _ => 0 };
        var stop = new Option<string[]>("--stop") { Description = "End the text before this string. May be repeated.", DefaultValueFactory = _ => [] };
        var drafting = new DraftingArguments();
        var command = new Command("generate", "Continue a text with a model at any width.") { model, plan, prompt, tokens, temperature, topK, topP, minP, seed, stop };
        drafting.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            using var checkpoint = Checkpoint.Open(parsed.GetRequiredValue(model));
            using var draftModel = drafting.OpenModel(parsed);
            var widths = WidthPlanText.Parse(parsed.GetRequiredValue(plan), checkpoint.Config);
            Run(checkpoint, parsed.GetRequiredValue(prompt), new GenerationOptions
            {
                Plan = widths,
                MaxTokens = parsed.GetValue(tokens),
                StopStrings = parsed.GetRequiredValue(stop),
                Speculation = drafting.Options(parsed, checkpoint, widths, draftModel),
                Sampling = new SamplingOptions
                {
                    Temperature = parsed.GetValue(temperature),
                    TopK = parsed.GetValue(topK),
                    TopP = parsed.GetValue(topP),
                    MinP = parsed.GetValue(minP),
                    Seed = (ulong)parsed.GetValue(seed),
                },
            }, cancellation);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(Checkpoint checkpoint, string prompt, GenerationOptions options, CancellationToken cancellation)
    {
        var generation = new TextGenerator(Decoder.Load(checkpoint), checkpoint.Tokenizer).Generate(prompt, options, cancellation);
        Console.Write(prompt);
        foreach (var piece in generation)
            Console.Write(piece);
        Console.WriteLine();
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{generation.Tokens} tokens at {WidthPlanText.Print(options.Plan!, checkpoint.Config.Granularities)}, {generation.Tokens / generation.Seconds:N0} tokens/s"));
        var weights = options.Speculation?.DraftModel is { } draftModel ? $" in {draftModel.Weights}" : "";
        foreach (var draft in generation.Drafts)
        {
            var drafter = draft.Plan is { } plan ? WidthPlanText.Print(plan, checkpoint.Config.Granularities) + weights : "prompt lookup";
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{drafter} drafted {draft.DraftedTokens} tokens, {draft.AcceptedTokens} were accepted: {draft.MeanAcceptedLength:N1} of {draft.MeanDraftLength:N1} per draft"));
        }
    }
}
