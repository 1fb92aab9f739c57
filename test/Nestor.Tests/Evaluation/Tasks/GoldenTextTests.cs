using Nestor.Evaluation.Tasks;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Tests.Inference.Golden;

namespace Nestor.Tests.Evaluation.Tasks;

/// <summary>A trained model, asked for the words that another program's run of it wrote.</summary>
public sealed class GoldenTextTests
{
    [Fact]
    public void The_next_word_of_a_greedy_text_is_greedy_and_beats_every_other_word()
    {
        var data = Path.Combine(Environment.GetEnvironmentVariable("NESTOR_DATA") ?? "", "stories260k");
        Assert.SkipUnless(File.Exists(Path.Combine(data, "stories260K.bin")), "Set NESTOR_DATA to a folder with stories260k/stories260K.bin and tok512.bin.");
        using var folder = new TaskFolder();
        Llama2cCheckpoint.Import(Path.Combine(data, "stories260K.bin"), Path.Combine(data, "tok512.bin"), folder.File("model"));
        using var checkpoint = Checkpoint.Open(folder.File("model"));
        var scorer = new DecoderScorer(Decoder.Load(checkpoint), checkpoint.Config.FullWidths);

        var words = Stories260K.Unprompted.Split('\n')[0].Split(' ');
        var places = Enumerable.Range(4, words.Length - 4).ToList();
        string Context(int place) => string.Join(' ', words[..place]);
        TaskResult Result(TaskFile file) => new TaskEvaluation(file, checkpoint.Tokenizer, checkpoint.Config.BeginToken, new TaskOptions()).Run(scorer);

        var lastWord = Result(folder.Open(TaskFolder.Lambada, [.. places.Select(place => TaskFolder.LastWord(Context(place), words[place]))]));
        Assert.Equal(new Nestor.Evaluation.SampleMean(1, 0), lastWord.Accuracy);
        Assert.InRange(lastWord.Perplexity!.Value.Value, 1, 4);

        var choice = Result(folder.Open(TaskFolder.Copa, [.. places.Select(place => TaskFolder.Choice(Context(place), ["quantum", words[place], "zebra"], 1))]));
        Assert.Equal(1, choice.Accuracy.Value);
    }
}
