using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Nestor.Cli.Reports;
using Nestor.Cli.Terminal;
using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.MixNMatch;
using Nestor.Models;
using Nestor.Training.Data;
using Nestor.Training.Evaluation;

namespace Nestor.Cli.Commands;

/// <summary>Ways to choose a plan, compared on a trained model: choosing on one half of the held-out documents, judging on the other.</summary>
/// <param name="checkpoint">The nested model.</param>
/// <param name="corpus">What it was trained on, and the documents held out.</param>
/// <param name="work">Folder in which measurements are kept: what is there is not measured again.</param>
/// <param name="threads">Threads of the engine.</param>
/// <param name="cancellation">Stops between two windows of text.</param>
internal sealed class MixNMatchExperiment(Checkpoint checkpoint, Corpus corpus, string work, int threads, CancellationToken cancellation)
{
    private const int ProfileRounds = 31, ProfileTokens = 64;

    private readonly string folder = Path.Combine(work, "mixnmatch");

    /// <summary>Runs it.</summary>
    /// <param name="budgets">What to choose for.</param>
    /// <param name="choosing">Tokens to choose by.</param>
    /// <param name="judging">Tokens to judge by.</param>
    public MixNMatchFindings Run(IReadOnlyList<Budget> budgets, long choosing, long judging)
    {
        FolderCreation.Create(folder);
        var (config, choices) = (checkpoint.Config, new WidthChoices(checkpoint.Config));
        var limits = budgets.Select(budget => PlanLimit.Of(config, budget, WeightType.F32, null)).ToList();
        var table = Profile();
        var decoder = Decoder.Load(checkpoint, new DecoderOptions { Threads = threads, Weights = WeightType.F32 });
        var held = EvaluationText.Of(corpus.Validation).Tokens.ToArray().AsMemory();
        var half = held.Length / 2;
        var (choose, chosen) = Log("choose", decoder, held[..half], choosing);
        var (judge, judged) = Log("judge", decoder, held[half..], judging);
        var comparison = new RuleComparison(choices, choose, chosen);
        var outcomes = new List<BudgetOutcome>();
        foreach (var (budget, limit) in budgets.Zip(limits))
        {
            Console.WriteLine($"choosing for {budget}");
            outcomes.Add(comparison.Choose(budget, limit));
        }

        return new MixNMatchFindings
        {
            Config = config,
            Table = table,
            Budgets = outcomes,
            Shapes = [.. Shapes()],
            Chosen = chosen,
            Judged = judged,
            Windows = judge.Windows,
            Documents = corpus.Validation.Documents,
        };
    }

    /// <summary>For each pair of neighbouring widths a third, a half and two thirds of the layers at the narrower one, in the paper's four shapes.</summary>
    private IEnumerable<IReadOnlyList<WidthPlan>> Shapes()
    {
        var (config, layers) = (checkpoint.Config, checkpoint.Config.Layers);
        foreach (var (narrow, wide) in config.Granularities.Zip(config.Granularities.Skip(1)))
        {
            foreach (var narrowLayers in new[] { layers * 2 / 3, layers / 2, layers / 3 }.Distinct())
                yield return [.. Enum.GetValues<PlanShape>().Select(shape => PlanShapes.Plan(shape, narrow.Width, narrowLayers, wide.Width, layers - narrowLayers))];
        }
    }

    /// <summary>The layers' times on one thread, whose clock other programs do not disturb; measured once for a model and machine.</summary>
    private CostTable Profile()
    {
        var path = Path.Combine(folder, "costs.json");
        if (File.Exists(path) && CostTable.Read(path) is var known && known.Model == checkpoint.Fingerprint && known.Machine == MachineDescription.Text)
            return known;
        var options = new ProfileOptions { Threads = 1, Tokens = Math.Min(ProfileTokens, checkpoint.Config.ContextLength), Rounds = ProfileRounds };
        var table = LayerProfile.Measure(checkpoint, options, cancellation: cancellation);
        table.Write(path);
        LayerTimesTable.Write(table, checkpoint.Config);
        return table;
    }

    private (LossLog Log, long Predictions) Log(string name, Decoder decoder, ReadOnlyMemory<int> tokens, long most)
    {
        var loss = new DecoderLoss(decoder, tokens, maxTokens: most);
        var text = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(tokens.Span)))[..16];
        var key = string.Create(
            CultureInfo.InvariantCulture,
            $"{name} {loss.Predictions} of {tokens.Length} tokens {text}, {decoder.Weights} of {checkpoint.Fingerprint[..16]}");
        return (new LossLog(Path.Combine(folder, $"{name}.jsonl"), key, loss.Windows, plan => loss.MeasureWindows(plan, cancellation)), loss.Predictions);
    }
}
