using Nestor.Training.Optimization;

namespace Nestor.Training.Tests.Optimization;

public sealed class CosineScheduleTests
{
    private static readonly CosineSchedule Schedule = new(Peak: 2, WarmUpSteps: 10, TotalSteps: 111, FinalShare: 0.1);

    [Fact]
    public void It_rises_in_a_line_to_the_peak()
    {
        for (var step = 0; step < 10; step++)
            Assert.Equal(2 * (step + 1) / 10.0, Schedule.At(step), 1e-12);
        Assert.Equal(2, Schedule.At(10));
    }

    [Fact]
    public void It_falls_along_half_a_cosine_to_its_final_share()
    {
        Assert.Equal(1.1, Schedule.At(60), 1e-12);
        Assert.Equal(0.2, Schedule.At(110), 1e-12);
        Assert.Equal(0.2, Schedule.At(1000), 1e-12);
        Assert.All(Enumerable.Range(10, 100), step => Assert.True(Schedule.At(step) > Schedule.At(step + 1)));
    }

    [Fact]
    public void A_run_that_is_all_warm_up_works() => Assert.Equal(2, new CosineSchedule(2, 5, 5).At(4));
}
