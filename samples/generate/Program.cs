// generate MODEL [--prompt TEXT] [--plan PLAN] [--tokens N] [--temperature T]: continues a text at any width.
using System.Diagnostics;
using System.Globalization;
using Nestor;
using Nestor.Inference;
using Nestor.Models;

var start = Stopwatch.GetTimestamp();
if (args.Length % 2 == 0)
{
    Console.Error.WriteLine("generate MODEL [--prompt TEXT] [--plan PLAN] [--tokens N] [--temperature T]");
    return 2;
}

string Option(string name, string otherwise) => Array.IndexOf(args, name) is > 0 and var at ? args[at + 1] : otherwise;

try
{
    using var model = Checkpoint.Open(args[0]);
    var generator = new TextGenerator(Decoder.Load(model), model.Tokenizer);
    var generation = generator.Generate(Option("--prompt", ""), new GenerationOptions
    {
        Plan = WidthPlanText.Parse(Option("--plan", "100%"), model.Config),
        MaxTokens = int.Parse(Option("--tokens", "128"), CultureInfo.InvariantCulture),
        Sampling = new SamplingOptions { Temperature = double.Parse(Option("--temperature", "0.8"), CultureInfo.InvariantCulture) },
    });
    TimeSpan? first = null;
    foreach (var piece in generation)
    {
        first ??= Stopwatch.GetElapsedTime(start);
        Console.Write(piece);
    }

    Console.WriteLine();
    Console.Error.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"first token after {first?.TotalMilliseconds:F0} ms, {generation.Tokens} tokens at {generation.Tokens / generation.Seconds:N0} tokens/s"));
    return 0;
}
catch (NestorException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
