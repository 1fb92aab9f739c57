using Nestor.Models;
using Nestor.Models.Gemma3n;
using Nestor.Tests.Formats;
using Nestor.Tests.Models.Gemma3n;

namespace Nestor.Tests.Models;

/// <summary>What lies in the folder of a slice is replaced when it is asked for, and only the model.</summary>
public sealed class OutputFolderTests
{
    [Fact]
    public void A_folder_that_is_not_empty_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("full"), RandomModel.Config());
        new TinyGemma3n().Write(folder.File("gemma"));
        Directory.CreateDirectory(folder.File("taken"));
        File.WriteAllText(folder.File("taken/notes.txt"), "mine");
        Directory.CreateDirectory(folder.File("empty"));
        using var full = Checkpoint.Open(folder.File("full"));
        using var gemma = Gemma3nCheckpoint.Open(folder.File("gemma"));
        var (slice, gemmaSlice) = (full.Slice(WidthPlan.Uniform(4, 3)), gemma.Slice(Gemma3nPlan.Parse("50%", "", gemma.Widths)));
        foreach (var save in (Action<string>[])[path => slice.Save(path), path => gemmaSlice.Save(path)])
        {
            Errors.AreOneLineWith(() => save(folder.File("taken")), "is not empty (notes.txt)", "--force");
            Errors.AreOneLineWith(() => save(folder.File("taken/notes.txt")), "is a file");
            Errors.AreOneLineWith(() => save(folder.File("full")), "holds a model already (config.json)", "--force");
            Assert.Equal(["notes.txt"], Directory.GetFiles(folder.File("taken")).Select(Path.GetFileName));
            save(folder.File("empty"));
            Directory.Delete(folder.File("empty"), recursive: true);
        }
    }

    [Fact]
    public void Replacing_a_model_leaves_nothing_of_it_and_everything_else()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("full"), RandomModel.Config());
        new TinyGemma3n().Write(folder.File("gemma"));
        using var full = Checkpoint.Open(folder.File("full"));
        using var gemma = Gemma3nCheckpoint.Open(folder.File("gemma"));
        new TinyGemma3n().Write(folder.File("out"));
        full.Slice(WidthPlan.Uniform(4, 3)).Save(folder.File("out"), overwrite: true);
        Assert.Equal(["config.json", "model.safetensors", "notes.txt", "preprocessor_config.json"], Files(folder.File("out")));
        using (var slice = Checkpoint.Open(folder.File("out")))
            Assert.Equal(WidthPlan.Uniform(4, 3), slice.Config.FullWidths);

        gemma.Slice(Gemma3nPlan.Parse("50%", "", gemma.Widths)).Save(folder.File("out"), new Gemma3nSliceOptions { Overwrite = true, ShardBytes = 5000 });
        using (var slice = Gemma3nCheckpoint.Open(folder.File("out")))
            Assert.Equal(WidthPlan.Uniform(6, 7), slice.Widths);
        Assert.Equal("private", File.ReadAllText(folder.File("out/notes.txt")));
        Assert.False(File.Exists(folder.File("out/model.safetensors")));
    }

    [Fact]
    public void The_source_is_never_replaced_by_its_slice()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("full"), RandomModel.Config());
        Directory.CreateSymbolicLink(folder.File("link"), folder.File("full"));
        Directory.CreateDirectory(folder.File("linked"));
        foreach (var file in Directory.GetFiles(folder.File("full")))
            File.CreateSymbolicLink(folder.File($"linked/{Path.GetFileName(file)}"), file);
        var before = File.ReadAllBytes(folder.File("full/model.safetensors"));
        foreach (var source in (string[])["full", "linked"])
        {
            using var opened = Checkpoint.Open(folder.File(source));
            var slice = opened.Slice(WidthPlan.Uniform(4, 3));
            foreach (var target in (string[])["full", "link", "full/../full"])
                Errors.AreOneLineWith(() => slice.Save(folder.File(target), overwrite: true), "cut from", "another folder");
        }

        Assert.Equal(["config.json", "model.safetensors"], Files(folder.File("full")));
        Assert.Equal(before, File.ReadAllBytes(folder.File("full/model.safetensors")));
    }

    [Fact]
    public void A_plan_that_does_not_fit_replaces_nothing()
    {
        using var folder = new TemporaryFolder();
        new TinyGemma3n().Write(folder.File("gemma"));
        using var gemma = Gemma3nCheckpoint.Open(folder.File("gemma"));
        RandomModel.Write(folder.File("out"), RandomModel.Config());
        Errors.AreOneLineWith(() => gemma.Slice(new Gemma3nPlan(new WidthPlan(13), [])).Save(folder.File("out"), new Gemma3nSliceOptions { Overwrite = true }), "1 widths");
        Checkpoint.Open(folder.File("out")).Dispose();
    }

    private static IEnumerable<string?> Files(string folder) => Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
