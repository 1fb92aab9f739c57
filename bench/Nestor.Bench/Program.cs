using System.Diagnostics;
using Nestor.Models;
using Nestor.Training;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

TorchRuntime.EnsureLoaded();
Console.WriteLine($"autocast {Autocast.IsSupported} {Autocast.IsFasterOn(CPU)}");
var config = ModelPresets.Get(args.Length > 0 ? args[0] : "quickstart");
using var model = MatLm.Create(config, 1);
using var adam = new AdamW(model.Parameters, new AdamWOptions());
var batch = args.Length > 1 ? int.Parse(args[1]) : 16;
foreach (var cast in new[] { true, false })
foreach (var name in new[] { "XL", "L", "M", "S" })
{
    var plan = WidthPlanText.Parse(name, config);
    double fwd = 0, bwd = 0, opt = 0; var w = Stopwatch.StartNew();
    for (var i = 0; i < 6; i++)
    {
        if (i == 1) { fwd = bwd = opt = 0; }
        using var scope = NewDisposeScope();
        var tokens = randint(0, config.VocabularySize, [batch, config.ContextLength + 1], ScalarType.Int64);
        w.Restart();
        Tensor loss;
        model.UseBFloat16 = cast;
        {
            loss = model.Loss(tokens.narrow(1, 0, config.ContextLength), tokens.narrow(1, 1, config.ContextLength), plan);
        }
        fwd += w.Elapsed.TotalMilliseconds; w.Restart();
        loss.backward();
        bwd += w.Elapsed.TotalMilliseconds; w.Restart();
        adam.Step(1e-3, 1, plan);
        opt += w.Elapsed.TotalMilliseconds;
    }
    Console.WriteLine($"{name} cast={cast} fwd {fwd/5:F0} bwd {bwd/5:F0} opt {opt/5:F0} ms -> {batch * config.ContextLength / ((fwd+bwd+opt)/5) * 1000:F0} tok/s");
}
