using System.CommandLine;
using System.CommandLine.Parsing;

namespace Nestor.Cli.Terminal;

/// <summary>What is wrong with a command line, as one line and a hint.</summary>
internal static class UsageErrors
{
    public static void Write(ParseResult parsed, TextWriter writer)
    {
        // An unknown word leaves other things missing, which would only hide the word that is wrong.
        var unknown = parsed.Errors.Where(error => parsed.UnmatchedTokens.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal))).ToList();
        var errors = unknown.Count > 0 ? unknown : parsed.Errors;
        writer.WriteLine("nestor: " + string.Join(' ', errors.Select(Text)).ReplaceLineEndings(" "));
        writer.WriteLine($"Try: {Name(parsed.CommandResult)} --help");
    }

    private static string Text(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Tokens: [var token] } option when error.Message.Contains("'System.", StringComparison.Ordinal) => // Names a .NET type.
            $"'{token.Value}' for {option.Option.Name} is not {Kind(Nullable.GetUnderlyingType(option.Option.ValueType) ?? option.Option.ValueType)}.",
        _ => error.Message,
    };

    private static string Kind(Type type) => type == typeof(double) ? "a number" : $"a whole number up to {(type == typeof(int) ? int.MaxValue : long.MaxValue):N0}";

    /// <summary>The command with those above it, such as <c>nestor reproduce matlm</c>.</summary>
    private static string Name(SymbolResult? result) => result switch
    {
        CommandResult { Command: RootCommand } or null => "nestor",
        CommandResult command => $"{Name(command.Parent)} {command.Command.Name}",
        _ => Name(result.Parent),
    };
}
