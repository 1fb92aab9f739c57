using Nestor.Text;

namespace Nestor.Evaluation.Tasks;

/// <summary>Measures a model at a task: the log-likelihood of every choice's continuation after its context.</summary>
public sealed class TaskEvaluation
{
    // Items between two writes of the log: enough to fill the scorer's passes, few enough to lose little.
    private const int ItemsAtOnce = 96;

    private readonly Tokenizer tokenizer;
    private readonly int? begin;
    private readonly TaskOptions options;
    private readonly FewShots fewShots;

    /// <summary>Prepares a task.</summary>
    /// <param name="file">The task's items.</param>
    /// <param name="tokenizer">The tokenizer of the models to be measured.</param>
    /// <param name="begin">The token that begins every text, if the models have one.</param>
    /// <param name="options">How it is measured.</param>
    /// <exception cref="NestorException">An option is out of range, or there are fewer examples than shots.</exception>
    public TaskEvaluation(TaskFile file, Tokenizer tokenizer, int? begin, TaskOptions options)
    {
        options.Validate();
        (File, this.tokenizer, this.begin, this.options) = (file, tokenizer, begin, options);
        fewShots = new FewShots(file.Items, options.Shots, options.Seed);
    }

    /// <summary>The task's items.</summary>
    public TaskFile File { get; }

    /// <summary>Items that are measured.</summary>
    public int Items => Math.Min(options.Limit ?? int.MaxValue, File.Items.Count);

    /// <summary>What a model's scores are kept under.</summary>
    /// <param name="model">What tells the model from others.</param>
    /// <param name="weights">How its weights are held.</param>
    /// <param name="plan">Its plan.</param>
    public ScoreKey Key(string model, string weights, string plan) =>
        new(model, weights, plan, File.Task.Name, File.ContentHash, options.Shots, options.Shots == 0 ? 0 : options.Seed);

    /// <summary>Measures a model.</summary>
    /// <param name="scorer">The model.</param>
    /// <param name="log">Where scores are kept: what it holds already is not measured again. Null to keep none.</param>
    /// <param name="cancellation">Stops the work; what the log holds by then stays.</param>
    /// <exception cref="NestorException">The model is damaged, or the log cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public TaskResult Run(IContinuationScorer scorer, ScoreLog.Section? log = null, CancellationToken cancellation = default)
    {
        var scores = new ItemScores?[Items];
        for (var item = 0; item < scores.Length; item++)
            scores[item] = log?.Find(item, File.Items[item].Choices);
        foreach (var items in Enumerable.Range(0, Items).Where(item => scores[item] is null).Chunk(ItemsAtOnce))
        {
            var requests = items.Select(Requests).ToList();
            var choices = scorer.Score(requests, cancellation);
            for (var i = 0; i < items.Length; i++)
                scores[items[i]] = new ItemScores(items[i], choices[i], requests[i].Any(request => ScoredWindow.Cuts(request, scorer.ContextLength)));
            log?.Append(items.Select(item => scores[item]!));
        }

        return TaskResult.Of(File, options.Shots, scores!);
    }

    private IReadOnlyList<ScoringRequest> Requests(int number)
    {
        var item = File.Items[number];
        var before = fewShots.Before(number);
        return [.. Enumerable.Range(0, item.Choices).Select(choice => ScoringRequest.Of(tokenizer, begin, before + item.Context(choice), item.Continuation(choice)))];
    }
}
