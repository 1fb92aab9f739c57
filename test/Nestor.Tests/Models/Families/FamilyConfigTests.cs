using System.Text.Json.Nodes;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Models.Families;
using Nestor.Tests.Formats;
using Nestor.Tests.Text;
using RandomModel = Nestor.Tests.Inference.RandomModel;

namespace Nestor.Tests.Models.Families;

/// <summary>The keys of published folders are read as their families mean them; what Nestor would compute wrongly is refused with the reason.</summary>
public sealed class FamilyConfigTests
{
    [Fact]
    public void A_folder_says_its_family_and_what_is_its_own()
    {
        Assert.Equal(ModelFamily.Llama, Read("llama3").Family);
        Assert.Equal([8, 9], Read("llama3").FurtherEndTokens);
        Assert.Equal(new RopeScaling(8, 1, 4, 128), Read("llama3").RopeScaling);
        Assert.Equal((ModelFamily.Mistral, null), (Read("mistral").Family, Read("mistral").SlidingWindow));
        Assert.Equal(21, Read("mistral-window").SlidingWindow);
        Assert.Equal((ModelFamily.Qwen2, null, 10), (Read("qwen2").Family, Read("qwen2").SlidingWindow, Read("qwen2").HeadSize));
        Assert.Equal((ModelFamily.Qwen3, 14, 1e6f), (Read("qwen3").Family, Read("qwen3").HeadSize, Read("qwen3").RopeTheta));
        Assert.True(Read("smollm").TieEmbeddings);
    }

    [Fact]
    public void Missing_keys_mean_what_they_mean_in_the_family()
    {
        Assert.Equal((4096, 131_072), (Read("mistral", Without("sliding_window", "max_position_embeddings")).SlidingWindow, Read("mistral", Without("max_position_embeddings")).ContextLength));
        Assert.Equal(32_768, Read("qwen2", Without("max_position_embeddings")).ContextLength);
        Assert.Equal((128, 32_768), (Read("qwen3", Without("head_dim")).HeadSize, Read("qwen3", Without("max_position_embeddings")).ContextLength));
        Assert.Equal(2048, Read("llama", Without("max_position_embeddings")).ContextLength);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Stretched_positions_are_read_in_the_newer_place_too(bool both)
    {
        var config = Read("llama3", json =>
        {
            json["rope_parameters"] = json["rope_scaling"]!.DeepClone();
            json["rope_parameters"]!["rope_theta"] = 1234.5;
            if (!both)
                json.Remove("rope_scaling");
        });
        Assert.Equal((new RopeScaling(8, 1, 4, 128), 1234.5f), (config.RopeScaling, config.RopeTheta));
    }

    [Fact]
    public void A_scaling_stands_beside_a_newer_place_that_holds_only_the_base() =>
        Assert.Equal(new RopeScaling(8, 1, 4, 128), Read("llama3", json => json["rope_parameters"] = new JsonObject { ["rope_theta"] = 5000.0 }).RopeScaling);

    [Theory]
    [InlineData("llama", "model_type", "\"gemma\"", "gemma", "llama, mistral, qwen2, qwen3 or nestor")]
    [InlineData("llama", "attention_bias", "true", "attention_bias", "does not compute")]
    [InlineData("llama", "mlp_bias", "true", "mlp_bias", "does not compute")]
    [InlineData("qwen3", "attention_bias", "true", "attention_bias", "does not compute")]
    [InlineData("qwen2", "use_sliding_window", "true", "use_sliding_window", "does not compute")]
    [InlineData("qwen3", "use_sliding_window", "true", "use_sliding_window", "does not compute")]
    [InlineData("mistral", "sliding_window", "0", "sliding_window", "from 1")]
    [InlineData("mistral", "sliding_window", "\"4096\"", "sliding_window", "whole number")]
    [InlineData("mistral", "num_key_value_heads", null, "num_key_value_heads", "missing")]
    [InlineData("qwen2", "num_key_value_heads", null, "num_key_value_heads", "missing")]
    [InlineData("qwen3", "num_key_value_heads", null, "num_key_value_heads", "missing")]
    [InlineData("qwen2", "hidden_act", "\"gelu\"", "hidden_act", "silu")]
    [InlineData("qwen2", "rope_scaling", """{"type":"yarn","factor":4.0}""", "yarn", "default or llama3")]
    [InlineData("qwen3", "rope_parameters", """{"rope_type":"longrope"}""", "longrope", "default or llama3")]
    [InlineData("llama3", "rope_parameters", """{"rope_type":"default"}""", "rope_parameters", "rope_scaling says")]
    [InlineData("mistral", "intermediate_size", "[48,48,48]", "one whole number")]
    [InlineData("mistral", "quantization_config", """{"bits":4}""", "not quantised")]
    public void What_Nestor_would_compute_wrongly_is_refused(string kind, string key, string? value, params string[] texts) =>
        Errors.AreOneLineWith(
            () => Read(kind, json =>
            {
                json.Remove(key);
                if (value is not null)
                    json[key] = JsonNode.Parse(value);
            }),
            ["config.json", .. texts]);

    [Theory]
    [InlineData("qwen2", "model.layers.1.self_attn.k_proj.bias", "[20]")]
    [InlineData("qwen2", "model.layers.2.self_attn.q_proj.bias", "[40]")]
    [InlineData("qwen3", "model.layers.0.self_attn.q_norm.weight", "[14]")]
    [InlineData("qwen3", "model.layers.2.self_attn.k_norm.weight", "[14]")]
    public void A_vector_that_is_missing_or_has_another_shape_is_named(string kind, string name, string wanted)
    {
        using (var folder = new FamilyFolder(kind, damage: tensors => tensors.Where(tensor => tensor.Name != name)))
            Errors.AreOneLineWith(() => Checkpoint.Open(folder.Path), "holds no tensor", name);
        using (var folder = new FamilyFolder(kind, damage: tensors => tensors.Select(tensor => tensor.Name == name ? TensorSource.Of(name, new float[7], 7) : tensor)))
            Errors.AreOneLineWith(() => Checkpoint.Open(folder.Path), name, "[7]", wanted);
    }

    [Fact]
    public void Biases_that_a_family_does_not_have_are_refused()
    {
        using var folder = new FamilyFolder("llama", damage: tensors => tensors.Append(TensorSource.Of("model.layers.0.self_attn.q_proj.bias", new float[40], 40)));
        Errors.AreOneLineWith(() => Checkpoint.Open(folder.Path), "q_proj.bias", "another model");
    }

    [Fact]
    public void Only_a_family_with_windows_has_one() =>
        Errors.AreOneLineWith(() => (RandomModel.Small with { SlidingWindow = 8 }).Validate(), "llama has no sliding window");

    /// <summary>Qwen's folders name a begin token that its tokenizers never write.</summary>
    [Fact]
    public void A_prompt_begins_as_the_familys_tokenizers_begin_it()
    {
        var tokenizer = Texts.Train(Texts.Corpus, 300);
        var config = RandomModel.Small with { VocabularySize = 300, BeginToken = 7, ContextLength = 50 };
        var plain = tokenizer.Encode("the cat");
        Assert.Equal([7, .. plain], Prompt.Encode("the cat", tokenizer, config));
        Assert.Equal(plain, Prompt.Encode("the cat", tokenizer, config with { Family = ModelFamily.Qwen2 }));
        Assert.True((config with { Family = ModelFamily.Qwen2 }).EndsText(7));
    }

    private static Action<JsonObject> Without(params string[] keys) => json =>
    {
        foreach (var key in keys)
            json.Remove(key);
    };

    private static ModelConfig Read(string kind, Action<JsonObject>? change = null)
    {
        var json = FamilyFolder.Configuration(kind);
        change?.Invoke(json);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), json.ToJsonString());
        return ConfigJson.Read(folder.File("config.json")).Config;
    }
}
