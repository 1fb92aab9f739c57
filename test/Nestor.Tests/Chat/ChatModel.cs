using Microsoft.Extensions.AI;
using Nestor.Chat;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Tests.Inference;
using Nestor.Text;

namespace Nestor.Tests.Chat;

/// <summary>A random model with a byte-level tokenizer that knows ChatML's marks, and what it says by <see cref="TextGenerator"/>.</summary>
internal sealed class ChatModel : IDisposable
{
    private static readonly Tokenizer Text = TokenizerTrainer.Train(["the cat sat on the mat and the dog sat on the cat, the end"], 264, ["<|im_start|>", "<|im_end|>"]);

    private readonly RandomModel model;

    public ChatModel(int? beginToken = null)
    {
        model = new RandomModel(RandomModel.Small with { VocabularySize = Text.VocabularySize, BeginToken = beginToken });
        Text.Save(Path.Combine(model.Checkpoint.Folder, "tokenizer.json"));
    }

    public Checkpoint Checkpoint => model.Checkpoint;

    public ModelConfig Config => model.Config;

    public Tokenizer Tokenizer => Checkpoint.Tokenizer;

    /// <summary>A client whose answers are short.</summary>
    public NestorChatClient Client(ChatTemplate? template = null) =>
        new(Checkpoint, new NestorChatClientOptions { ModelId = "tiny", Template = template, Generation = new GenerationOptions { MaxTokens = 20 } });

    /// <summary>What the model says after a text.</summary>
    public string Continue(string prompt, GenerationOptions? options = null) =>
        string.Concat(new TextGenerator(Decoder.Load(Checkpoint), Tokenizer).Generate(prompt, options ?? new GenerationOptions { MaxTokens = 20 }, TestContext.Current.CancellationToken));

    public static ChatMessage User(string text) => new(ChatRole.User, text);

    public void Dispose() => model.Dispose();
}
