using System.Diagnostics;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Tests.Formats;

/// <summary>llama.cpp itself with our file. NESTOR_PEERS names a folder with <c>llama.cpp/build/bin/llama-cli</c>.</summary>
public sealed class LlamaCppTests
{
    private const string Prompt = "Tom and his dog";
    private const int Tokens = 200;

    [Fact]
    public async Task Llama_cpp_tells_the_same_story_from_our_file()
    {
        var program = Path.Combine(Environment.GetEnvironmentVariable("NESTOR_PEERS") ?? "", "llama.cpp", "build", "bin", "llama-cli");
        var stories = Path.Combine(Environment.GetEnvironmentVariable("NESTOR_DATA") ?? "", "stories260k");
        Assert.SkipUnless(File.Exists(program), "Set NESTOR_PEERS to a folder with llama.cpp, built in its folder build.");
        Assert.SkipUnless(Directory.Exists(stories), "Set NESTOR_DATA to a folder with stories260k/stories260K.bin and tok512.bin.");

        using var folder = new TemporaryFolder();
        Llama2cCheckpoint.Import(Path.Combine(stories, "stories260K.bin"), Path.Combine(stories, "tok512.bin"), folder.File("model"));
        using var checkpoint = Checkpoint.Open(folder.File("model"));
        GgufExport.Write(checkpoint, folder.File("model.gguf"));
        var ours = string.Concat(new TextGenerator(Decoder.Load(checkpoint), checkpoint.Tokenizer)
            .Generate(Prompt, new GenerationOptions { MaxTokens = Tokens, Sampling = SamplingOptions.Greedy }));

        var start = new ProcessStartInfo(program, ["-m", folder.File("model.gguf"), "-p", Prompt, "-n", $"{Tokens}", "--temp", "0", "-no-cnv", "-t", "1"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var theirs = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        Assert.Equal(Prompt + ours, theirs.Trim());
    }
}
