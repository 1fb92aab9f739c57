using System.Text.Json.Nodes;
using Nestor.Models.Gemma3n;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Models.Gemma3n;

public sealed class Gemma3nCheckpointTests
{
    [Fact]
    public void Gemma_4_is_refused_with_the_reason()
    {
        foreach (var type in (string[])["gemma4", "gemma4_text", "gemma4_unified"])
        {
            using var folder = new TemporaryFolder();
            new TinyGemma3n().Write(folder.File("m"), change: config => config["model_type"] = type);
            Assert.True(Gemma3nCheckpoint.IsIn(folder.File("m")));
            Errors.AreOneLineWith(() => Gemma3nCheckpoint.Open(folder.File("m")), "Gemma 4", "separate models", "Only Gemma 3n");
        }
    }

    [Fact]
    public void Other_models_and_folders_are_none()
    {
        using var folder = new TemporaryFolder();
        Assert.False(Gemma3nCheckpoint.IsIn(folder.Path));
        RandomModel.Write(folder.File("llama"), RandomModel.Config());
        Assert.False(Gemma3nCheckpoint.IsIn(folder.File("llama")));
        Errors.AreOneLineWith(() => Gemma3nCheckpoint.Open(folder.File("llama")), "model_type", "gemma3n");
        Errors.AreOneLineWith(() => Gemma3nCheckpoint.Open(folder.File("absent")), "no model folder");
        Errors.AreOneLineWith(() => Gemma3nCheckpoint.Open(folder.Path), "config.json");
    }

    [Theory]
    [InlineData("num_hidden_layers", "0", "num_hidden_layers", "whole number from 1")]
    [InlineData("num_hidden_layers", "99999", "at most 10000")]
    [InlineData("num_hidden_layers", "6", "intermediate_size", "7 widths", "6 layers")]
    [InlineData("intermediate_size", "[12]", "1 widths", "7 layers")]
    [InlineData("intermediate_size", "[12,12,12,0,12,12,12]", "whole number from 1")]
    [InlineData("layer_types", "7", "list of texts")]
    [InlineData("layer_types", """["full_attention"]""", "layer_types lists 1 layers of 7")]
    [InlineData("layer_types", """["a","a","a","a","a","a","a"]""", "'a'", "sliding_attention")]
    [InlineData("layer_types", """["full_attention","full_attention","full_attention","full_attention","full_attention","sliding_attention","full_attention"]""", "no layer before 5")]
    [InlineData("activation_sparsity_pattern", "\"x\"", "list of numbers")]
    [InlineData("activation_sparsity_pattern", "[0.95]", "lists 1 layers of 7")]
    [InlineData("activation_sparsity_pattern", "1.0", "from 0 up to 1")]
    [InlineData("num_kv_shared_layers", "7", "at least one")]
    [InlineData("num_kv_shared_layers", "-1", "at least one")]
    [InlineData("num_kv_shared_layers", "1.5", "whole number from 0")]
    [InlineData("hidden_size", "9", "[11, 8]", "[11, 9]")]
    [InlineData("altup_num_inputs", "2000000000", "altup")]
    [InlineData("quantization_config", """{"bits":4}""", "quantised", "original in BF16")]
    [InlineData("router_per_layer", "[1,2,3,4,5,6,7]", "'router_per_layer'", "each of the 7 layers")]
    public void An_impossible_configuration_is_refused_with_the_reason(string key, string value, params string[] told)
    {
        using var folder = new TemporaryFolder();
        new TinyGemma3n().Write(folder.File("m"), change: config => config["text_config"]![key] = JsonNode.Parse(value));
        Errors.AreOneLineWith(() => Gemma3nCheckpoint.Open(folder.File("m")), told);
    }

    [Fact]
    public void A_tensor_that_is_missing_unknown_or_of_another_shape_is_named()
    {
        AssertRefused(tensors => tensors.Remove("model.language_model.layers.3.laurel.linear_left.weight"), "layers.3.laurel.linear_left");
        AssertRefused(tensors => tensors.Remove("model.language_model.layers.4.self_attn.k_proj.weight"), "layers.4.self_attn.k_proj");
        AssertRefused(tensors => tensors["model.language_model.layers.3.mlp.extra.weight"] = [12], "layers.3.mlp.extra", "cannot know how to cut");
        AssertRefused(tensors => tensors["model.language_model.layers.7.mlp.up_proj.weight"] = [12, 8], "layers.7.mlp.up_proj", "cannot know how to cut");
        AssertRefused(tensors => tensors["model.language_model.layers.3.mlp.down_proj.weight"] = [12, 8], "[12, 8]", "[8, 12]");
    }

    [Fact]
    public void The_text_part_alone_is_a_model_too()
    {
        using var folder = new TemporaryFolder();
        var model = new TinyGemma3n { Multimodal = false };
        model.Write(folder.File("m"), changeTensors: tensors => tensors["lm_head.weight"] = [11, 8]);
        using var checkpoint = Gemma3nCheckpoint.Open(folder.File("m"));
        Assert.Equal(model.Tensors().Values.Sum(shape => shape.Aggregate((a, b) => a * b)), checkpoint.Parameters.Text);
        checkpoint.Slice(Gemma3nPlan.Parse("50%", "", checkpoint.Widths)).Save(folder.File("slice"));
        using var slice = Gemma3nCheckpoint.Open(folder.File("slice"));
        Assert.Equal(checkpoint.Tensors.Get("lm_head.weight").Bytes, slice.Tensors.Get("lm_head.weight").Bytes);
    }

    private static void AssertRefused(Action<Dictionary<string, long[]>> change, params string[] told)
    {
        using var folder = new TemporaryFolder();
        new TinyGemma3n().Write(folder.File("m"), changeTensors: change);
        Errors.AreOneLineWith(() => Gemma3nCheckpoint.Open(folder.File("m")), told);
    }
}
