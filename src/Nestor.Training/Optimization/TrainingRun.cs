using Nestor.Models;
using Nestor.Text;
using Nestor.Training.Data;
using Nestor.Training.Nested;
using static TorchSharp.torch;

namespace Nestor.Training.Optimization;

/// <summary>Opens training runs.</summary>
public static class TrainingRun
{
    /// <summary>Prepares a run of a language model, from its newest checkpoint or from the beginning.</summary>
    /// <param name="folder">Where the run is kept; created where it does not exist.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="tokenizer">The tokenizer of the corpus.</param>
    /// <param name="corpus">What to train on; closed by the caller.</param>
    /// <param name="options">How to train.</param>
    /// <param name="resume">Whether to go on from the newest checkpoint where there is one.</param>
    /// <param name="device">Where to train.</param>
    /// <exception cref="NestorException">The settings are impossible, or the checkpoint is of another run.</exception>
    public static TrainingRun<MatLm> Open(string folder, ModelConfig config, Tokenizer tokenizer, Corpus corpus, TrainingOptions options, bool resume, Device? device = null) =>
        Open(folder, () => MatLm.Create(config, (ulong)options.Seed, device), model => new Trainer(model, corpus, options), resume, model => model.Save(folder, tokenizer), tokenizer);

    /// <summary>Prepares a run of any nested model, from its newest checkpoint or from the beginning.</summary>
    /// <param name="folder">Where the run is kept; created where it does not exist.</param>
    /// <param name="create">Makes the model as it is before the first step; the run owns it.</param>
    /// <param name="data">What to train on; closed by the caller.</param>
    /// <param name="options">How to train.</param>
    /// <param name="resume">Whether to go on from the newest checkpoint where there is one.</param>
    /// <exception cref="NestorException">The settings are impossible, or the checkpoint is of another run.</exception>
    public static TrainingRun<TModel> Open<TModel>(string folder, Func<TModel> create, IBatchSource data, TrainingOptions options, bool resume)
        where TModel : INestedModel =>
        Open(folder, create, model => new Trainer(model, data, options), resume, model => model.Save(folder), tokenizer: null);

    private static TrainingRun<TModel> Open<TModel>(string folder, Func<TModel> create, Func<TModel, Trainer> prepare, bool resume, Action<TModel> save, Tokenizer? tokenizer)
        where TModel : INestedModel
    {
        CreateFolder(folder);
        var checkpoint = resume ? TrainingCheckpoint.Newest(folder) : null;
        var model = create();
        try
        {
            var trainer = prepare(model);
            checkpoint?.Restore(trainer);
            return new TrainingRun<TModel>(folder, model, trainer, save, tokenizer);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NestorException($"The folder '{folder}' cannot be created: {error.Message}", error);
        }
    }
}

/// <summary>A training run in a folder: metrics and checkpoints while it runs, a model folder when it is done.</summary>
public sealed class TrainingRun<TModel> : IDisposable
    where TModel : INestedModel
{
    private readonly string folder;
    private readonly Trainer trainer;
    private readonly Action<TModel> save;
    private readonly Tokenizer? tokenizer;

    internal TrainingRun(string folder, TModel model, Trainer trainer, Action<TModel> save, Tokenizer? tokenizer) =>
        (this.folder, Model, this.trainer, this.save, this.tokenizer) = (folder, model, trainer, save, tokenizer);

    /// <summary>The model in training.</summary>
    public TModel Model { get; }

    /// <summary>Steps done; above 0 for a run that goes on from a checkpoint.</summary>
    public long Step => trainer.Step;

    /// <summary>Trains to the last step and writes the model; when cancelled, writes a checkpoint and stops.</summary>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Stops after the current step.</param>
    /// <returns>Whether the run is done; if not, it can be resumed.</returns>
    /// <exception cref="NestorException">The loss is no longer a number, or a file cannot be written.</exception>
    public bool Execute(Action<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var metrics = MetricsLog.Open(Path.Combine(folder, "metrics.jsonl"), trainer.Step);
        var (every, written) = (trainer.Options.CheckpointEvery, trainer.Step);
        void WriteCheckpoint()
        {
            metrics.Flush();
            if (trainer.Step > written)
                TrainingCheckpoint.Write(folder, trainer, tokenizer);
            written = trainer.Step;
        }

        var done = trainer.Run(
            step =>
            {
                metrics.Write(step);
                progress?.Invoke(step);
                if (every > 0 && step.Step % every == 0)
                    WriteCheckpoint();
            },
            cancellation);
        WriteCheckpoint();
        if (done)
            save(Model);
        return done;
    }

    /// <summary>Frees model and optimizer.</summary>
    public void Dispose()
    {
        trainer.Dispose();
        Model.Dispose();
    }
}
