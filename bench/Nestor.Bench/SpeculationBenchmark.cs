using System.CommandLine;
using System.Globalization;
using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Models;
using Nestor.Text;
using Nestor.Training.Data;

namespace Nestor.Bench;

/// <summary>Tokens per second of a trained nested model that drafts for itself, against the same model alone.</summary>
internal static class SpeculationBenchmark
{
    private const int Seed = 1;

    private static readonly double[] Temperatures = [0, 0.8];

    /// <summary>Reads the arguments that follow the verb, measures, prints a Markdown page and writes it.</summary>
    public static int RunFrom(string[] arguments)
    {
        var model = new Argument<string>("MODEL") { Description = "The folder of a trained nested model." };
        var text = new Option<string?>("--text") { Description = "Where prompts come from: a file, a folder, .gz or .jsonl. Without it only costs are measured, for which no training is needed." };
        var weights = new Option<WeightType?>("--weights") { Description = "How matrices are held; as the folder has them if not given." };
        var draftWeights = new Option<WeightType[]>("--draft-weights") { Description = "Types in which the same model also drafts.", DefaultValueFactory = _ => [WeightType.Q8, WeightType.Q4] };
        var prompts = new Option<int>("--prompts") { Description = "Texts in a round.", DefaultValueFactory = _ => 6 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds that are counted.", DefaultValueFactory = _ => 5 };
        var threads = new Option<int>("--threads") { Description = "Threads of the decoder; with 1, costs and ratios go by its processor time.", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--out") { Description = "File to write.", DefaultValueFactory = _ => Path.Combine("bench", "results", "speculation.md") };
        var command = new RootCommand("Measures speculative decoding.") { model, text, weights, draftWeights, prompts, rounds, threads, output };
        command.SetAction(parsed =>
        {
            using var checkpoint = Checkpoint.Open(parsed.GetRequiredValue(model));
            var page = new StringWriter(CultureInfo.InvariantCulture);
            page.WriteLine($"# Drafting for itself\n\nCommand: `dotnet run -c Release --project bench/Nestor.Bench -- speculation {string.Join(' ', arguments.Select(Path.GetFileName))}`\n");
            Decoder Load(WeightType? type) => Decoder.Load(checkpoint, new DecoderOptions { Threads = parsed.GetValue(threads), Weights = type });
            var decoder = Load(parsed.GetValue(weights));
            Decoder[] draftModels = [.. parsed.GetRequiredValue(draftWeights).Where(type => type != decoder.Weights).Select(type => Load(type))];
            var time = MeasureClock.For(decoder.Threads).Time;
            Describe(page, decoder);
            ReadingCosts.Run(page, decoder, draftModels);
            if (parsed.GetValue(text) is { } path)
                Measure(page, decoder, draftModels, checkpoint.Tokenizer, path, parsed.GetValue(prompts), parsed.GetValue(rounds), time);
            File.WriteAllText(parsed.GetRequiredValue(output), page.ToString());
            Console.WriteLine(page);
        });
        return command.Parse(arguments).Invoke();
    }

    private static void Describe(TextWriter page, Decoder decoder)
    {
        var (config, one) = (decoder.Config, decoder.Threads == 1);
        page.WriteLine($"{config.Layers} layers, hidden {config.HiddenSize}, feed-forward {config.FullWidths}, vocabulary {config.VocabularySize}, {ParameterCount.Of(config, config.FullWidths).Total / 1e6:F1} M parameters, {decoder.Weights}; {Machine.Description}; {decoder.Threads} thread{(one ? " on its own processor time (wall in brackets)" : "s, wall time")}.");
    }

    private static void Measure(
        TextWriter page, Decoder decoder, Decoder[] draftModels, Tokenizer tokenizer, string textPath, int prompts, int rounds, TimeProvider time)
    {
        var config = decoder.Config;
        var length = Math.Min(64, config.ContextLength / 4);
        var tokens = Math.Min(128, config.ContextLength - length);
        var beginnings = Beginnings(tokenizer, textPath, prompts, length);

        page.WriteLine("\n## Texts\n");
        page.WriteLine($"Prompts of {length} tokens, {tokens} generated, {prompts} texts a round, median of {rounds} rounds in which the rows take turns. Before or after each text the whole model alone writes the one of the same prompt and seed; the ratio is the median of the rounds' ratios of both times, and that of the first row says how steady the machine was.");
        foreach (var temperature in Temperatures)
        {
            var rows = SpeculationRow.All(config, draftModels);
            for (var round = -1; round < rounds; round++)
            {
                foreach (var row in rows)
                {
                    for (var i = 0; i < beginnings.Length; i++)
                        row.Decode(decoder, beginnings[i], tokens, new SamplingOptions { Temperature = temperature, Seed = (ulong)(Seed + i + round * prompts) }, time, plainFirst: (i + round) % 2 == 0);
                    row.EndRound(counts: round >= 0);
                }
            }

            page.WriteLine($"\n### Temperature {temperature}\n");
            page.WriteLine("| drafts | length | caches | tokens/s | ratio | drafted at once | accepted of them | share accepted |");
            page.WriteLine("|---|---|---|---|---|---|---|---|");
            foreach (var row in rows)
                page.WriteLine(row.Print(showWall: decoder.Threads == 1));
        }
    }

    // The beginnings of documents that are long enough, spread over the first ones of the source.
    private static int[][] Beginnings(Tokenizer tokenizer, string path, int count, int length)
    {
        const int considered = 500;
        var documents = TextSource.Open(path).Documents().Take(considered)
            .Select(document => tokenizer.Encode(document)).Where(tokens => tokens.Length >= length).ToList();
        return documents.Count >= count
            ? [.. Enumerable.Range(0, count).Select(i => documents[i * documents.Count / count][..length])]
            : throw new NestorException($"Of the first {considered} documents of '{path}' only {documents.Count} have {length} tokens; {count} prompts were wanted.");
    }
}
