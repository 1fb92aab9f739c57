using System.Text.Json;
using System.Text.Json.Nodes;
using Nestor.Models;
using Nestor.Models.Gemma3n;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Models.Gemma3n;

public sealed class Gemma3nPlanTests
{
    [Fact]
    public void Layer_types_sparsity_and_sharing_go_along_with_their_layers()
    {
        using var folder = new TemporaryFolder();
        var model = new TinyGemma3n();
        model.Write(folder.File("whole"));
        var config = Slice(folder, "25%", "0,1,6")["text_config"]!;
        Assert.Equal(4, (int)config["num_hidden_layers"]!);
        Assert.Equal("[3,3,3,3]", config["intermediate_size"]!.ToJsonString());
        Assert.Equal("""["full_attention","sliding_attention","sliding_attention","full_attention"]""", config["layer_types"]!.ToJsonString());
        Assert.Equal("[0.95,0.0,0.0,0.0]", config["activation_sparsity_pattern"]!.ToJsonString());
        Assert.Equal(1, (int)config["num_kv_shared_layers"]!);
    }

    [Fact]
    public void What_the_cut_does_not_change_stays_as_it_was_written()
    {
        using var folder = new TemporaryFolder();
        var model = new TinyGemma3n();
        model.Write(folder.File("whole"));
        var (before, after) = (model.Config(), Slice(folder, "50%", ""));
        string[] changed = ["num_hidden_layers", "intermediate_size", "layer_types", "activation_sparsity_pattern", "num_kv_shared_layers"];
        foreach (var (key, value) in before.Where(pair => pair.Key != "text_config"))
            Assert.Equal(value!.ToJsonString(), after[key]!.ToJsonString());
        foreach (var (key, value) in before["text_config"]!.AsObject().Where(pair => !changed.Contains(pair.Key)))
            Assert.Equal(value!.ToJsonString(), after["text_config"]![key]!.ToJsonString());
    }

    [Fact]
    public void One_width_stays_one_number_where_it_was_one()
    {
        using var folder = new TemporaryFolder();
        new TinyGemma3n { Multimodal = false }.Write(folder.File("whole"), change: config => config["intermediate_size"] = 12);
        Assert.Equal("6", Slice(folder, "50%", "")["intermediate_size"]!.ToJsonString());
        Assert.Equal("[6,6,6,6,6,6,5]", Slice(folder, "6*6,5", "", "other")["intermediate_size"]!.ToJsonString());
    }

    [Fact]
    public void Missing_keys_mean_what_HuggingFace_takes_them_for_and_a_slice_writes_them()
    {
        using var folder = new TemporaryFolder();
        var model = new TinyGemma3n { Widths = [.. Enumerable.Repeat(4, 12)], Types = [.. Enumerable.Range(1, 12).Select(layer => layer % 5 == 0 ? "full_attention" : "sliding_attention")] };
        model.Write(folder.File("whole"), change: config =>
        {
            config["text_config"]!.AsObject().Remove("layer_types");
            config["text_config"]!.AsObject().Remove("activation_sparsity_pattern");
        });
        var text = Slice(folder, "100%", "0-3")["text_config"]!;
        Assert.Equal("[0.95,0.95,0.95,0.95,0.95,0.95,0.0,0.0]", text["activation_sparsity_pattern"]!.ToJsonString());
        Assert.Equal("full_attention", (string)text["layer_types"]![0]!);
        Assert.Equal("full_attention", (string)text["layer_types"]![5]!);
    }

    [Theory]
    [InlineData("4", "Layer 4 cannot be skipped: layer 6 attend", "last sliding_attention layer")]
    [InlineData("3-4", "Layer 4 cannot be skipped")]
    [InlineData("2", "Layer 2 cannot be skipped: layer 5 attend", "last full_attention layer")]
    [InlineData("2,5", null)]
    [InlineData("4,6", null)]
    [InlineData("2,4,5,6", null)]
    [InlineData("0,1,3", null)]
    public void A_layer_whose_keys_and_values_a_kept_one_reads_is_protected(string skip, params string?[] told)
    {
        using var folder = new TemporaryFolder();
        new TinyGemma3n().Write(folder.File("whole"));
        using var whole = Gemma3nCheckpoint.Open(folder.File("whole"));
        var plan = Gemma3nPlan.Parse("100%", skip, whole.Widths);
        if (told is [null] or null)
            whole.Slice(plan);
        else
            Errors.AreOneLineWith(() => whole.Slice(plan), told!);
    }

    [Theory]
    [InlineData("100%", "7", "layers to skip", "0 to 6")]
    [InlineData("100%", "0-6", "All 7 layers")]
    [InlineData("100%", "3,2-4", "layer 3 twice")]
    [InlineData("100%", "4-2", "'4-2'")]
    [InlineData("100%", "x", "'x'")]
    [InlineData("100%", "-1", "'-1'")]
    [InlineData("100%", "0-99999999999", "no layer")]
    [InlineData("6*7", "0", "more layers", "6")]
    [InlineData("6*5", "0", "only 5")]
    [InlineData("13", "", "13", "12")]
    [InlineData("S", "", "no named granularities")]
    public void A_plan_that_does_not_fit_is_explained(string widths, string skip, params string[] told) =>
        Errors.AreOneLineWith(() => Gemma3nPlan.Parse(widths, skip, WidthPlan.Uniform(12, 7)), told);

    [Fact]
    public void A_plan_for_another_model_is_explained()
    {
        using var folder = new TemporaryFolder();
        new TinyGemma3n().Write(folder.File("whole"));
        using var whole = Gemma3nCheckpoint.Open(folder.File("whole"));
        Errors.AreOneLineWith(() => whole.Slice(PublishedPlan.All[0].Plan), "35 widths", "7");
        Errors.AreOneLineWith(() => whole.Slice(PublishedPlan.All[1].Plan), "skips layer 20", "0 to 6");
        Errors.AreOneLineWith(() => whole.Slice(new Gemma3nPlan(new WidthPlan(12, 12, 12, 12, 12, 13), [1])), "13 neurons in layer 5", "layer 6 of the model", "12");
    }

    [Fact]
    public void Dimensions_count_by_the_new_number_of_a_layer()
    {
        using var folder = new TemporaryFolder();
        new TinyGemma3n { Widths = [12, 3, 12, 12, 12, 12, 12] }.Write(folder.File("whole"));
        using var whole = Gemma3nCheckpoint.Open(folder.File("whole"));
        whole.Slice(new Gemma3nPlan(new WidthPlan(12, 12, 12, 12, 12, 12), [1])).Save(folder.File("slice"));
        Errors.AreOneLineWith(() => whole.Slice(new Gemma3nPlan(new WidthPlan(12, 3, 12, 12, 12, 12), [0])), "12 neurons in layer 0", "layer 1 of the model", "3");
    }

    [Fact]
    public void A_slice_is_not_sliced_again()
    {
        using var folder = new TemporaryFolder();
        new TinyGemma3n().Write(folder.File("whole"));
        var config = Slice(folder, "50%", "0");
        Assert.Equal("""{"num_hidden_layers":7,"intermediate_size":[12,12,12,12,12,12,12],"layers":[1,2,3,4,5,6]}""", config["nestor"]!["slice"]!.ToJsonString());
        using var slice = Gemma3nCheckpoint.Open(folder.File("slice"));
        Errors.AreOneLineWith(() => slice.Slice(Gemma3nPlan.Parse("50%", "", slice.Widths)), folder.File("slice"), "slice already", "7 layers", "whole model");
    }

    private static JsonNode Slice(TemporaryFolder folder, string widths, string skip, string name = "slice")
    {
        using var whole = Gemma3nCheckpoint.Open(folder.File("whole"));
        whole.Slice(Gemma3nPlan.Parse(widths, skip, whole.Widths)).Save(folder.File(name));
        return JsonNode.Parse(File.ReadAllText(folder.File($"{name}/config.json")), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!;
    }
}
