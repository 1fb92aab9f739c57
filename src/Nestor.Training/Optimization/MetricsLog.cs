using System.Text.Json;
using Nestor.Formats;

namespace Nestor.Training.Optimization;

/// <summary>What a training run did in all, however often it was interrupted.</summary>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="Tokens">Tokens trained on.</param>
/// <param name="Time">Time in steps, without preparation, evaluation and checkpoints.</param>
public sealed record TrainingTotals(long Steps, long Tokens, TimeSpan Time);

/// <summary>Training metrics as JSON lines, one for each step.</summary>
public sealed class MetricsLog : IDisposable
{
    private readonly StreamWriter writer;

    private MetricsLog(StreamWriter writer) => this.writer = writer;

    /// <summary>Opens a log to go on after a step; lines of later steps, from a run that was cut off, are dropped.</summary>
    /// <exception cref="NestorException">The file cannot be written.</exception>
    public static MetricsLog Open(string path, long afterStep)
    {
        try
        {
            var kept = afterStep > 0 && File.Exists(path) ? File.ReadLines(path).Where(line => StepOf(line) <= afterStep).ToArray() : [];
            AtomicFile.Write(path, stream =>
            {
                using var writer = new StreamWriter(stream, leaveOpen: true);
                foreach (var line in kept)
                    writer.WriteLine(line);
            });
            return new MetricsLog(new StreamWriter(path, append: true));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NestorException($"The metrics file '{path}' cannot be written: {error.Message}", error);
        }
    }

    /// <summary>Steps and tokens trained, and the seconds they took, from a log.</summary>
    /// <exception cref="NestorException">The file cannot be read.</exception>
    public static TrainingTotals Read(string path)
    {
        try
        {
            var (steps, tokens, seconds) = (0L, 0L, 0.0);
            foreach (var line in File.ReadLines(path))
            {
                using var json = JsonDocument.Parse(line);
                var total = json.RootElement.GetProperty("tokens").GetInt64();
                var speed = json.RootElement.GetProperty("tokens_per_second").GetDouble();
                seconds += speed > 0 ? (total - tokens) / speed : 0; // 0: the process was stopped during the step.
                (steps, tokens) = (steps + 1, total);
            }

            return new TrainingTotals(steps, tokens, TimeSpan.FromSeconds(seconds));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException)
        {
            throw new NestorException($"The metrics file '{path}' cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Adds a step.</summary>
    public void Write(TrainingProgress progress)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("step", progress.Step);
            json.WriteNumber("tokens", progress.Tokens);
            json.WriteStartObject("loss");
            foreach (var (name, loss) in progress.Losses)
                json.WriteNumber(name, loss);
            json.WriteEndObject();
            json.WriteNumber("learning_rate", progress.LearningRate);
            json.WriteNumber("gradient_norm", progress.GradientNorm);
            json.WriteNumber("tokens_per_second", Math.Round(progress.TokensPerSecond, 1));
            json.WriteEndObject();
        }

        writer.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    /// <summary>Writes what is buffered; a checkpoint must not know of steps that the log does not.</summary>
    public void Flush() => writer.Flush();

    /// <summary>Writes what is buffered and closes the file.</summary>
    public void Dispose() => writer.Dispose();

    private static long StepOf(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("step").GetInt64();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return long.MaxValue; // A line that was cut off belongs to a step that will be done again.
        }
    }
}
