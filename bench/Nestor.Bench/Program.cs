using Nestor.Bench;
using Nestor.Bench.Robustness;

// Each verb writes one file of bench/results; `all` writes every one. The folder of real text comes from NESTOR_DATA.
var verb = args.FirstOrDefault() ?? "";
if (verb == "engine")
    return EngineBenchmark.RunFrom(args[1..]); // has options of its own, so it is not part of `all`
if (verb == "speculation")
    return SpeculationBenchmark.RunFrom(args[1..]); // needs a trained model, so it is not part of `all`
if (verb == "export")
    return ExportBenchmark.RunFrom(args[1..]); // writes gigabytes, so it is not part of `all`
if (verb == "robustness")
    return RobustnessBenchmark.RunFrom(args[1..]); // needs robust models, so it is not part of `all`
if (verb == "votes")
    return VoteAttackBenchmark.RunFrom(args[1..]); // needs robust models, so it is not part of `all`
var results = args.ElementAtOrDefault(1) ?? Path.Combine("bench", "results");
var data = Environment.GetEnvironmentVariable("NESTOR_DATA");
var benchmarks = new Dictionary<string, (string Title, Action<TextWriter> Run)>
{
    ["training"] = ("Training speed and memory", output => TrainingBenchmark.Run(output)),
    ["skip"] = ("Leaving untouched neurons out of momentum and decay", output => SkipUntouchedBenchmark.Run(output)),
    ["encoder"] = ("The vision encoder", output => EncoderBenchmark.Run(output, args.Skip(2).ToArray())),
    ["kernels"] = ("Kernels", output => KernelBenchmark.Run(output)),
    ["sampling"] = ("Choosing a token", SamplingBenchmark.Run),
    ["search"] = ("Exact search", SearchBenchmark.Run),
    ["sensing-speed"] = ("Speed of matrix sensing", SensingBenchmark.Run),
    ["slice"] = ("Slicing", SliceBenchmark.Run),
    ["tokenizer"] = ("The tokenizer", output => TokenizerBenchmark.Run(data ?? throw new InvalidOperationException("Set NESTOR_DATA to the folder with GPT-2's tokenizer and the novels."), output)),
};

if (verb != "all" && !benchmarks.ContainsKey(verb))
{
    Console.Error.WriteLine($"usage: Nestor.Bench all|{string.Join('|', benchmarks.Keys)} [FOLDER], Nestor.Bench engine [--peers FOLDER] [--work FOLDER], Nestor.Bench export [--work FOLDER], Nestor.Bench speculation MODEL --text FILE, Nestor.Bench robustness --subjects MODEL IMAGES EPSILON, or Nestor.Bench votes MODEL... --images IMAGES --epsilon EPSILON");
    return 2;
}

Directory.CreateDirectory(results);
foreach (var (name, (title, run)) in benchmarks.Where(benchmark => verb == "all" || verb == benchmark.Key))
{
    using var text = new StringWriter();
    text.WriteLine($"# {title}\n\nCommand: `dotnet run -c Release --project bench/Nestor.Bench -- {name}`\n");
    run(text);
    File.WriteAllText(Path.Combine(results, name + ".md"), text.ToString());
    Console.WriteLine(text);
}

return 0;
