using System.CommandLine;
using Nestor.Inference;

namespace Nestor.Cli.Commands;

/// <summary>Options that several commands have.</summary>
internal static class Arguments
{
    public static Argument<string> Model() => new("MODEL") { Description = "A model folder." };

    public static Option<string> Device() => new("--device") { Description = "auto, cpu or cuda.", DefaultValueFactory = _ => "auto" };

    public static Option<string> Plan() => new("--plan")
    {
        Description = "Width plan: XL, 50%, 512, or one per layer such as M*2,L*4.",
        DefaultValueFactory = _ => "100%",
    };

    public static Option<string[]> Plans(string description) => new("--plan") { Description = description + " May be repeated.", DefaultValueFactory = _ => [] };

    public static Option<string?> Text() => new("--text") { Description = "Text to use: a file, a folder, .gz or .jsonl. Without it, the documentation of the .NET SDK." };

    public static Option<long> TokensToMeasure(long standard = 0)
    {
        var tokens = new Option<long>("--tokens") { Description = "Measure on about this many tokens, spread over the text; 0 for all.", DefaultValueFactory = _ => standard };
        tokens.Validators.Add(result =>
        {
            if (result.GetValue(tokens) < 0)
                result.AddError("Option '--tokens' is negative; give a number of tokens, or 0 for all.");
        });
        return tokens;
    }

    public static Option<string> Out(string description, string? standard = null)
    {
        Option<string> option = standard is null
            ? new("--out") { Description = description, Required = true }
            : new("--out") { Description = description, DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(result.GetValue(option)))
                result.AddError("Option '--out' is empty; give a folder.");
        });
        return option;
    }

    public static Option<int?> Vocabulary() => new("--vocabulary") { Description = "Tokens of the tokenizer to train; without it, the preset's. Short texts need fewer." };

    public static Option<string?> WeightType()
    {
        var type = new Option<string?>("--type") { Description = "Weight type: f32, bf16, f16, q8 or q4; without it, what the folder has." };
        type.AcceptOnlyFromAmong([.. Enum.GetNames<WeightType>().Select(name => name.ToLowerInvariant())]);
        return type;
    }

    public static WeightType? TypeOf(ParseResult parsed, Option<string?> type) => parsed.GetValue(type) is { } name ? Enum.Parse<WeightType>(name, ignoreCase: true) : null;

    public static Option<int> Threads() => new("--threads") { Description = "Threads of the engine; without it, all processors.", DefaultValueFactory = _ => Environment.ProcessorCount };

    public static Option<bool> Json() => new("--json") { Description = "Write JSON for programs instead of a table." };

    public static Option<long> Seed() => new("--seed") { Description = "Decides everything random.", DefaultValueFactory = _ => 1 };

    /// <summary>The arguments as a report shows them: paths by their last part, what holds spaces in quotes.</summary>
    public static string Shown(ParseResult parsed, params string[] paths) => string.Join(' ', parsed.Tokens.Select(token =>
    {
        var value = paths.Contains(token.Value) ? Path.GetFileName(token.Value) : token.Value;
        return value.Contains(' ') ? $"\"{value}\"" : value;
    }));
}
