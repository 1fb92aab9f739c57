using Nestor.Models;
using Nestor.Text;
using Nestor.Training.Data;
using Nestor.Training.Nested;
using Nestor.Training.Pruning;
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

    /// <summary>Goes on with a run after units were cut from its model: step, learning rate and the moments of what is left stay as they are.</summary>
    /// <param name="folder">Where the rest of the run is kept; created where it does not exist.</param>
    /// <param name="whole">The run so far, its units in the order they were cut in; it stays open until this one was opened.</param>
    /// <param name="cut">Its model after the cut; the new run owns it.</param>
    /// <param name="data">What to train on; closed by the caller.</param>
    /// <param name="options">How to train; its steps count those of the run so far.</param>
    /// <param name="resume">Whether to go on from the newest checkpoint where there is one.</param>
    /// <exception cref="NestorException">The settings are impossible, or the checkpoint is of another run.</exception>
    public static TrainingRun<TModel> Continue<TModel>(string folder, TrainingRun<TModel> whole, TModel cut, IBatchSource data, TrainingOptions options, bool resume)
        where TModel : INestedModel, IPrunable =>
        Open(folder, () => cut, model => Trainer.Continue(whole.Trainer, model, data, options), resume, model => model.Save(folder), tokenizer: null);

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
    private readonly Action<TModel> save;
    private readonly Tokenizer? tokenizer;

    internal TrainingRun(string folder, TModel model, Trainer trainer, Action<TModel> save, Tokenizer? tokenizer) =>
        (this.folder, Model, Trainer, this.save, this.tokenizer) = (folder, model, trainer, save, tokenizer);

    /// <summary>The model in training.</summary>
    public TModel Model { get; }

    internal Trainer Trainer { get; }

    /// <summary>Steps done; above 0 for a run that goes on from a checkpoint.</summary>
    public long Step => Trainer.Step;

    /// <summary>Trains to the last step and writes the model; when cancelled, writes a checkpoint and stops.</summary>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Stops after the current step.</param>
    /// <returns>Whether the run is done; if not, it can be resumed.</returns>
    /// <exception cref="NestorException">The loss is no longer a number, or a file cannot be written.</exception>
    public bool Execute(Action<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var metrics = MetricsLog.Open(Path.Combine(folder, "metrics.jsonl"), Trainer.Step);
        var (every, written) = (Trainer.Options.CheckpointEvery, Trainer.Step);
        void WriteCheckpoint()
        {
            metrics.Flush();
            if (Trainer.Step > written)
                TrainingCheckpoint.Write(folder, Trainer, tokenizer);
            written = Trainer.Step;
        }

        var done = Trainer.Run(
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
        Trainer.Dispose();
        Model.Dispose();
    }
}
