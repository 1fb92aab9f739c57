using System.Security.Cryptography;
using Nestor.Formats;

namespace Nestor.Evaluation.Tasks;

/// <summary>A line that holds no item.</summary>
/// <param name="Number">Its number, first line 1.</param>
/// <param name="Reason">What is wrong with it.</param>
public readonly record struct BadLine(int Number, string Reason);

/// <summary>The items of a task, read from its file.</summary>
public sealed class TaskFile
{
    private const int LongestFile = 1 << 28;

    private TaskFile(EvaluationTask task, string path, string hash, List<TaskItem> items, List<BadLine> badLines) =>
        (Task, Path, ContentHash, Items, BadLines) = (task, path, hash, items, badLines);

    /// <summary>The task.</summary>
    public EvaluationTask Task { get; }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>SHA-256 of the file, in hexadecimal.</summary>
    public string ContentHash { get; }

    /// <summary>The items, in the order of lines.</summary>
    public IReadOnlyList<TaskItem> Items { get; }

    /// <summary>Lines that are neither an item nor blank; they are left out.</summary>
    public IReadOnlyList<BadLine> BadLines { get; }

    /// <summary>Reads a task's file from a folder.</summary>
    /// <exception cref="NestorException">The file cannot be read, is too long, or has no item; bad lines beside good ones are counted instead.</exception>
    public static TaskFile Open(string folder, EvaluationTask task)
    {
        FileError.CheckPath(folder);
        var path = System.IO.Path.Combine(folder, task.FileName);
        try
        {
            return Parse(task, path, JsonFile.ReadBytes(path, LongestFile));
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Reading(path, error);
        }
    }

    private static TaskFile Parse(EvaluationTask task, string path, ReadOnlyMemory<byte> bytes)
    {
        var items = new List<TaskItem>();
        var bad = new List<BadLine>();
        var number = 0;
        foreach (var range in bytes.Span.Split((byte)'\n'))
        {
            number++;
            var line = bytes[range];
            if (number == 1 && line.Span.StartsWith(JsonFile.ByteOrderMark))
                line = line[JsonFile.ByteOrderMark.Length..];
            if (line.Span.Trim(" \t\r"u8).IsEmpty)
                continue;
            try
            {
                items.Add(TaskLine.Read(line, task));
            }
            catch (NestorException error)
            {
                bad.Add(new BadLine(number, error.Message));
            }
        }

        if (items.Count > 0)
            return new TaskFile(task, path, Convert.ToHexStringLower(SHA256.HashData(bytes.Span)), items, bad);
        var why = bad.Count == 0 ? "it has no lines" : $"line {bad[0].Number}: {bad[0].Reason}";
        throw new NestorException($"The file '{path}' has no item of the task {task.Name} ({why}); give the task's own file.");
    }
}
