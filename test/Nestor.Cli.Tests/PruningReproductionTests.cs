namespace Nestor.Cli.Tests;

/// <summary><c>nestor reproduce pruning</c>: what is wrong is told before anything is trained.</summary>
public sealed class PruningReproductionTests(TrainedModel model)
{
    [Fact]
    public void Impossible_experiments_are_told_before_any_training()
    {
        string[] work = ["--work", model.Path("never-pruned")];
        NestorProcess.Run(["reproduce", "pruning", .. work]).AssertFailed("--teacher");
        NestorProcess.Run(["reproduce", "pruning", "--mnist", "shapes", "--image-steps", "0", .. work]).AssertFailed("0 steps");
        NestorProcess.Run(["reproduce", "pruning", "--mnist", "shapes", "--image-penalty", "lasso", .. work]).AssertFailed("'lasso' is not a penalty");
        NestorProcess.Run(["reproduce", "pruning", "--teacher", "--mnist", model.Path("no-images"), .. work]).AssertFailed("no-images");
        Assert.False(Directory.Exists(model.Path("never-pruned")));
    }
}
