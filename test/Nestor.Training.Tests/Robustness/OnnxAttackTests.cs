using Nestor.Formats.Onnx;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Onnx;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using Nestor.Training.Tests.Data;
using Nestor.Training.Vision;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness;

/// <summary>Networks that run outside libtorch are attacked without gradients, and vote.</summary>
public sealed class OnnxAttackTests : IDisposable
{
    private static readonly Threat Threat = new(Norm.Infinity, 0.1);

    private static readonly VisionConfig Config = new()
    {
        ImageSize = 8,
        PatchSize = 4,
        Channels = 3,
        HiddenSize = 8,
        FullWidths = WidthPlan.Uniform(16, 1),
        Heads = 2,
        Classes = 5,
        Mean = [0.5f, 0.4f, 0.3f],
        StandardDeviation = [0.25f, 0.3f, 0.2f],
        Granularities = [new("S", 8), new("XL", 16)],
    };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_network_in_an_exported_file_scores_pixels_as_the_model_does()
    {
        using var scope = NewDisposeScope();
        using var model = Model(seed: 1);
        using var network = Exported(model, seed: 1, "S");
        Assert.Equal((3, 8, 8, 5), (network.Channels, network.Height, network.Width, network.Classes));
        var (images, _) = Data(model);
        using var quiet = no_grad();
        var difference = (OnnxScores.Of(network)(images) - PixelScores.Of(model, WidthPlan.Uniform(8, 1))(images)).abs().max().item<float>();
        Assert.InRange(difference, 0, 1e-4);
        Assert.Empty(network.Scores([]));
    }

    [Fact]
    public void The_square_attack_breaks_in_ONNX_Runtime_what_it_breaks_in_libtorch()
    {
        using var scope = NewDisposeScope();
        using var model = Model(seed: 1);
        using var network = Exported(model, seed: 1, "XL");
        var (images, labels) = Data(model);
        Attack[] attacks = [new SquareAttack { Queries = 40 }];
        using var inside = AutoAttack.Evaluate(new ModelDefence(5, PixelScores.Of(model, Config.FullWidths)), images, labels, Threat, attacks);
        using var outside = AutoAttack.Evaluate(new ModelDefence(5, OnnxScores.Of(network)), images, labels, Threat, attacks);
        Assert.InRange(outside.RobustAccuracy, 0.1, 0.9);
        Assert.InRange(inside.IsRobust.Zip(outside.IsRobust).Count(pair => pair.First != pair.Second), 0, 2);
        Assert.Contains(outside.Warnings, warning => warning.Code == "NST109");
        Assert.DoesNotContain(inside.Warnings, warning => warning.Code == "NST109");
    }

    [Fact]
    public void Gradient_attacks_are_refused_where_there_are_no_gradients_and_the_standard_ones_need_none()
    {
        using var scope = NewDisposeScope();
        using var model = Model(seed: 1);
        using var network = Exported(model, seed: 1, "XL");
        var (images, labels) = Data(model);
        var defence = new ModelDefence(5, OnnxScores.Of(network));
        var error = Assert.Throws<NestorException>(() => AutoAttack.Evaluate(defence, images, labels, Threat, [new AutoPgd(new CrossEntropyLoss())]));
        Assert.Contains("APGD-CE", error.Message);
        Assert.Contains("gradients", error.Message);
        Assert.Throws<NestorException>(() => AutoAttack.Possible(defence, images, [new ProjectedGradient()]));
        Assert.Equal(["Square"], AutoAttack.Possible(defence, images, AutoAttack.Standard(5)).Select(attack => attack.Name));
        using var few = AutoAttack.Evaluate(defence, images.narrow(0, 0, 4), labels.narrow(0, 0, 4), Threat, AutoAttack.WithoutGradients(queries: 5));
        Assert.All(few.Attacks, attack => Assert.Equal(0, attack.Cost.Gradients));
    }

    [Fact]
    public void Members_from_ONNX_files_vote_as_those_in_libtorch()
    {
        using var scope = NewDisposeScope();
        var models = Enumerable.Range(1, 3).Select(seed => Model((ulong)seed)).ToList();
        var networks = models.Select((model, i) => Exported(model, i + 1, "XL")).ToList();
        var (images, _) = Data(models[0]);
        float[][] pictures = [.. Enumerable.Range(0, (int)images.shape[0]).Select(i => images[i].contiguous().data<float>().ToArray())];
        var committee = new Committee<float[]>([.. networks.Select(network => new OnnxClassifier(network))], new StrictPlurality());
        using var quiet = no_grad();
        var vote = new VotingDefence(5, new StrictPlurality(), [.. models.Select(model => PixelScores.Of(model, Config.FullWidths))]);
        Assert.Equal(vote.Answers(vote.Logits(images)), committee.Decide(pictures).Select(verdict => verdict.Label));
        Assert.Contains("reads 3x8x8", Assert.Throws<NestorException>(() => committee.Decide([new float[5]])).Message);
        foreach (var open in models.Cast<IDisposable>().Concat(networks))
            open.Dispose();
    }

    [Fact]
    public void A_file_that_is_no_image_classifier_is_refused()
    {
        Assert.Contains("does not exist", Assert.Throws<NestorException>(() => OnnxNetwork.Open(folder.Path("nowhere.onnx"))).Message);
        var broken = folder.Write("broken.onnx", "this is no graph");
        Assert.Contains("cannot open", Assert.Throws<NestorException>(() => OnnxNetwork.Open(broken)).Message);
        using var model = Model(seed: 1);
        using var network = Exported(model, seed: 1, "XL");
        Assert.Contains("whole images", Assert.Throws<NestorException>(() => network.Scores(new float[7])).Message);
        Assert.Contains("(n, 3, 8, 8)", Assert.Throws<NestorException>(() => OnnxScores.Of(network)(zeros(1, 1, 8, 8))).Message);
        Assert.Throws<NestorException>(() => OnnxNetwork.Open(broken, threads: 0));
    }

    private static MatVit Model(ulong seed)
    {
        var model = MatVit.Create(Config, seed);
        using var quiet = no_grad();
        using var random = new Generator(seed + 100, CPU);

        // A new model's classifier is 0: it would answer the same to everything.
        foreach (var parameter in model.Parameters)
            parameter.Weight.add_(0.3 * randn(parameter.Weight.shape, generator: random));
        return model;
    }

    private OnnxNetwork Exported(MatVit model, int seed, string plan)
    {
        var path = folder.Path($"model-{seed}");
        model.Save(path);
        using var checkpoint = VisionCheckpoint.Open(path);
        OnnxExport.Write(checkpoint, path + ".onnx", new OnnxExportOptions { Plan = WidthPlanText.Parse(plan, Config) });
        return OnnxNetwork.Open(path + ".onnx");
    }

    private static (Tensor Images, Tensor Labels) Data(MatVit model)
    {
        using var random = new Generator(5, CPU);
        var images = rand([60, 3, 8, 8], generator: random);
        using var quiet = no_grad();
        return (images, PixelScores.Of(model, Config.FullWidths)(images).argmax(1));
    }
}
