using Nestor.Inference.Threads;
using Nestor.Models.Vision;

namespace Nestor.Inference.Vision;

/// <summary>Many pictures on several threads: each takes some after some and runs them through the network alone, so that nobody waits for anybody.</summary>
/// <param name="config">The model's shape.</param>
/// <param name="passes">One for each member.</param>
internal sealed class PictureShares(VisionConfig config, EncoderPass[] passes) : TeamJob
{
    private readonly Shares shares = new();
    private EncoderCall call;
    private int together;

    internal override bool IsInLockStep => false;

    /// <summary>Runs all pictures, some together.</summary>
    public void Execute(in EncoderCall pictures, int imagesTogether)
    {
        (call, together) = (pictures, imagesTogether);
        foreach (var pass in passes)
            pass.Reserve(imagesTogether);
        shares.Reset(1, passes.Length);
        Team.Shared.Run(this, passes.Length);
    }

    protected override void Work(int member)
    {
        var items = (call.Count + together - 1) / together;
        for (int item; (item = shares.Next(0, member, Members, items)) >= 0;)
            passes[member].Execute(call.Slice(config, item * together, Math.Min(together, call.Count - item * together)));
    }
}
