using Nestor.Formats;

namespace Nestor.Evaluation.Tasks;

/// <summary>What scores belong to: equal keys mean equal scores.</summary>
/// <param name="Model">What tells the model from others: its fingerprint.</param>
/// <param name="Weights">How its weights are held, which its scores depend on too.</param>
/// <param name="Plan">Its plan as text.</param>
/// <param name="Task">The task's name.</param>
/// <param name="File">The hash of the task's file.</param>
/// <param name="Shots">Solved examples before each item.</param>
/// <param name="Seed">What decided them; 0 without any.</param>
public sealed record ScoreKey(string Model, string Weights, string Plan, string Task, string File, int Shots, ulong Seed);

/// <summary>A file of scores, one JSON object a line for each item of each key: a measurement that was stopped goes on from it.</summary>
/// <remarks>Lines are only added. One that was cut off when a run ended is dropped by the next.</remarks>
public sealed class ScoreLog : IDisposable
{
    private const int LongestFile = 1 << 30;

    private readonly Dictionary<ScoreKey, Dictionary<int, ItemScores>> known = [];
    private readonly string path;
    private readonly FileStream stream;

    private ScoreLog(string path, FileStream stream) => (this.path, this.stream) = (path, stream);

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file; created where it does not exist.</param>
    /// <param name="resume">Whether to go on with a file that exists.</param>
    /// <exception cref="NestorException">The file exists and is not to be gone on with, holds something else, or cannot be written.</exception>
    public static ScoreLog Open(string path, bool resume)
    {
        FileError.CheckPath(path);
        if (!resume && File.Exists(path))
            throw new NestorException($"The file '{path}' exists already; go on with it by --resume, or choose another name.");
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            var log = new ScoreLog(path, stream);
            log.ReadAll();
            return log;
        }
        catch (Exception error)
        {
            stream?.Dispose();
            if (FileError.Is(error))
                throw FileError.Writing(path, error);
            throw;
        }
    }

    /// <summary>The part of the file that belongs to a key.</summary>
    public Section Of(ScoreKey key) => new(this, key);

    /// <summary>Closes the file.</summary>
    public void Dispose() => stream.Dispose();

    private void ReadAll()
    {
        if (stream.Length > LongestFile)
            throw new NestorException($"The file '{path}' is {stream.Length} bytes long; scores are kept in at most {LongestFile}. Choose another file.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var (whole, number) = (0, 1);
        for (int length; (length = bytes.AsSpan(whole).IndexOf((byte)'\n')) >= 0; whole += length + 1, number++)
        {
            if (ScoreLine.Read(bytes.AsMemory(whole, length)) is not { } found)
                throw NoScores(number);
            Add(found.Key, found.Scores);
        }

        var rest = bytes.AsSpan(whole);
        if (rest.CommonPrefixLength(ScoreLine.Beginning) < Math.Min(rest.Length, ScoreLine.Beginning.Length))
            throw NoScores(number);
        stream.SetLength(whole);
        stream.Position = whole;
    }

    private NestorException NoScores(int line) => new($"The file '{path}', line {line}, holds no scores of a task; choose another file.");

    private void Add(ScoreKey key, ItemScores scores)
    {
        if (!known.TryGetValue(key, out var items))
            known.Add(key, items = []);
        items[scores.Item] = scores;
    }

    private void Append(ScoreKey key, IEnumerable<ItemScores> scores)
    {
        var lines = new MemoryStream();
        foreach (var item in scores)
        {
            ScoreLine.Write(lines, key, item);
            lines.WriteByte((byte)'\n');
            Add(key, item);
        }

        try
        {
            lines.WriteTo(stream);
            stream.Flush(flushToDisk: true);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Writing(path, error);
        }
    }

    /// <summary>The scores of one key.</summary>
    public sealed class Section
    {
        private readonly ScoreLog log;
        private readonly ScoreKey key;

        internal Section(ScoreLog log, ScoreKey key) => (this.log, this.key) = (log, key);

        /// <summary>The scores of an item, if the file has them for its number of choices.</summary>
        public ItemScores? Find(int item, int choices) =>
            log.known.TryGetValue(key, out var items) && items.TryGetValue(item, out var scores) && scores.Choices.Count == choices ? scores : null;

        /// <summary>Adds scores and writes them to the disk.</summary>
        /// <exception cref="NestorException">The file cannot be written.</exception>
        public void Append(IEnumerable<ItemScores> scores) => log.Append(key, scores);
    }
}
