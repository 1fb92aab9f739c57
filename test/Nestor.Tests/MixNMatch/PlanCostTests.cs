using CsCheck;
using Nestor.Inference;
using Nestor.MixNMatch;
using Nestor.Models;
using Nestor.Tests.Formats;

namespace Nestor.Tests.MixNMatch;

public sealed class PlanCostTests
{
    private static readonly ModelConfig Micro = ModelPresets.Get("micro");

    [Fact]
    public void Parameters_and_bytes_are_sums_over_layers_in_every_type() =>
        Gen.Select(Problems.Configs, Gen.Enum<WeightType>()).Sample((config, type) =>
        {
            var choices = new WidthChoices(config);
            var (parameters, bytes) = (LayerSum.Of(choices, plan => ParameterCount.Of(config, plan).Total), LayerSum.Of(choices, plan => WeightBytes.Of(config, plan, type)));
            Assert.All(Problems.All(choices), plan =>
            {
                Assert.Equal(ParameterCount.Of(config, plan).Total, parameters.Of(plan));
                Assert.Equal(WeightBytes.Of(config, plan, type), bytes.Of(plan));
            });
        });

    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.Q8)]
    [InlineData(WeightType.Q4)]
    public void Bytes_are_those_of_the_slice_as_it_is_written(WeightType type)
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("model"), RandomModel.Config());
        using var model = Checkpoint.Open(folder.File("model"));
        var plan = new WidthPlan(4, 8, 16);
        model.Slice(plan).Save(folder.File("slice"));
        using var slice = Checkpoint.Open(folder.File("slice"));
        var written = type == WeightType.F32
            ? TensorNames.All(slice.Config).Sum(tensor => slice.Tensors.Get(tensor.Name).ByteCount)
            : slice.Pack(type).Bytes;
        Assert.Equal(written, WeightBytes.Of(model.Config, plan, type));
    }

    [Fact]
    public void Operations_are_two_for_each_weight_and_each_product_of_attention()
    {
        var plan = WidthPlan.Uniform(64, 6);
        var matrices = 6 * (128 * 128 * 2 + 128 * 64 * 2) + 6 * 3 * 128 * 64 + 128 * 2048;
        Assert.Equal(2.0 * (matrices + 6 * 2 * 128 * 10), TokenFlops.Of(Micro, plan, position: 10));
    }

    [Fact]
    public void A_wider_plan_costs_more_of_everything() =>
        Gen.Select(Gen.Int[1, 512].Array[6], Gen.Int[0, 5], Gen.Enum<WeightType>()).Sample((widths, layer, type) =>
        {
            var narrow = PlanCost.Of(Micro, new WidthPlan(widths), type);
            widths[layer] = 512;
            var wide = PlanCost.Of(Micro, new WidthPlan(widths), type);
            Assert.True(narrow.Parameters.Total <= wide.Parameters.Total && narrow.Bytes <= wide.Bytes && narrow.Flops <= wide.Flops && narrow.ReadBytes <= wide.ReadBytes);
            Assert.Null(wide.Milliseconds);
        });
}
