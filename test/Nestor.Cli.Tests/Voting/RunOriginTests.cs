using Nestor.Cli.Voting;

namespace Nestor.Cli.Tests.Voting;

public sealed class RunOriginTests
{
    [Fact]
    public void Runs_of_other_settings_and_seeds_are_told_together_and_runs_of_other_steps_apart()
    {
        Assert.Equal(Origin("shapes-4", 1, steps: 20).Family, Origin("mnist-0.2", 3, steps: 20).Family);
        Assert.NotEqual(Origin("shapes-4", 1, steps: 20).Family, Origin("shapes-4", 1, steps: 30).Family);
        Assert.Equal("nestor reproduce voting --settings … --first-seed … --attack-steps 20 --out …", Origin("shapes-4", 1, steps: 20).Family.Command);
    }

    private static RunOrigin Origin(string setting, int seed, int steps) =>
        new(FormattableString.Invariant($"nestor reproduce voting --settings {setting} --first-seed {seed} --attack-steps {steps} --out page-{seed} --remark \"Beside other work.\""), "a machine", "Beside other work.");
}
