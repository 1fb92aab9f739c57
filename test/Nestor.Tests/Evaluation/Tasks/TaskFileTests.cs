using Nestor.Evaluation.Tasks;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Evaluation.Tasks;

public sealed class TaskFileTests : IDisposable
{
    private readonly TaskFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_kind_of_line_becomes_pairs_of_context_and_continuation()
    {
        var word = Assert.Single(folder.Open(TaskFolder.Lambada, TaskFolder.LastWord("I saw the \n", " cat ")).Items);
        Assert.Equal(("I saw the", "cat", 1), (word.Context(0), word.Continuation(0), word.Choices));

        var choice = Assert.Single(folder.Open(TaskFolder.Piqa, TaskFolder.Choice("Question: Why?\n", ["No.", "Yes."], 1)).Items);
        Assert.Equal(("Question: Why?\nAnswer:", "Yes.", 2), (choice.Context(1), choice.Continuation(1), choice.Choices));
        Assert.Equal("Question: Why?\nAnswer: Yes.", choice.Solved);

        var context = Assert.Single(folder.Open(TaskFolder.Winogrande, TaskFolder.ContextChoice(["Ann beat Bo, as Ann", "Ann beat Bo, as Bo"], "trained.", 0)).Items);
        Assert.Equal(("Ann beat Bo, as Bo", "trained.", 2), (context.Context(1), context.Continuation(1), context.Choices));
    }

    [Fact]
    public void Bad_lines_are_counted_and_named_and_the_others_stay()
    {
        var good = TaskFolder.Choice("q", ["a", "b"], 0);
        (string Line, string Reason)[] bad =
        [
            ("{", "JSON"),
            ("[1]", "array"),
            ("{\"choices\":[\"a\",\"b\"],\"gold\":0}", "query is missing"),
            ("{\"query\":5,\"choices\":[\"a\",\"b\"],\"gold\":0}", "query is a JSON number"),
            ("{\"query\":\"q\",\"query\":\"r\",\"choices\":[\"a\",\"b\"],\"gold\":0}", "JSON"),
            ("{\"query\":\"\\ud800\",\"choices\":[\"a\",\"b\"],\"gold\":0}", "JSON"),
            (TaskFolder.Choice(" ", ["a", "b"], 0), "query is blank"),
            (TaskFolder.Choice("q", ["a", " "], 0), "choices[1] is blank"),
            (TaskFolder.Choice("q", ["a"], 0), "1 items"),
            (TaskFolder.Choice("q", ["a", "b"], 2), "gold is 2"),
            (TaskFolder.Choice("q", ["a", "b"], -1), "gold is -1"),
            ("{\"query\":\"q\",\"choices\":[\"a\",\"b\"],\"gold\":\"0\"}", "gold"),
            ("{\"query\":\"q\",\"choices\":[\"a\",\"b\"],\"gold\":1e99}", "gold"),
        ];
        var file = folder.Open(TaskFolder.Copa, [good, "", .. bad.Select(line => line.Line), "  ", good]);
        Assert.Equal(2, file.Items.Count);
        Assert.Equal(Enumerable.Range(3, bad.Length), file.BadLines.Select(line => line.Number));
        foreach (var ((_, expected), found) in bad.Zip(file.BadLines))
            Assert.Contains(expected, found.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_a_bad_line_and_a_byte_order_mark_is_none()
    {
        byte[] bytes = [.. "\uFEFF"u8, .. "{\"context\":\"a\",\"continuation\":\"b\"}\r\n{\"context\":\""u8, 0xFF, .. "\",\"continuation\":\"b\"}"u8];
        File.WriteAllBytes(folder.File("lambada_openai.jsonl"), bytes);
        var file = TaskFile.Open(folder.Path, TaskFolder.Lambada);
        Assert.Single(file.Items);
        Assert.Equal(new BadLine(2, "it is not UTF-8 text"), Assert.Single(file.BadLines));
    }

    [Fact]
    public void A_file_without_an_item_and_a_missing_one_are_refused()
    {
        Errors.AreOneLineWith(() => folder.Open(TaskFolder.Copa, TaskFolder.LastWord("a", "b")), "copa.jsonl", "line 1", "choices is missing");
        Errors.AreOneLineWith(() => folder.Open(TaskFolder.Copa), "copa.jsonl", "no lines");
        Errors.AreOneLineWith(() => TaskFile.Open(folder.Path, TaskFolder.Piqa), "piqa.jsonl");
        Errors.AreOneLineWith(() => TaskFile.Open("", TaskFolder.Piqa), "path");
    }

    [Fact]
    public void An_unknown_task_names_the_known_ones() =>
        Errors.AreOneLineWith(() => EvaluationTask.Find("hellaswag\n"), "hellaswag", "lambada, piqa, arc_easy, boolq, copa, winogrande");

    [Fact]
    public void The_real_files_hold_no_bad_line()
    {
        var data = Path.Combine(Environment.GetEnvironmentVariable("NESTOR_DATA") ?? "", "lm-eval");
        Assert.SkipUnless(Directory.Exists(data), "Set NESTOR_DATA to a folder with lm-eval/*.jsonl.");
        var files = EvaluationTask.Known.Select(task => TaskFile.Open(data, task)).ToList();
        Assert.All(files, file => Assert.Empty(file.BadLines));
        Assert.Equal([5153, 1838, 2376, 3270, 100, 1267], files.Select(file => file.Items.Count));
    }
}
