using Nestor.Inference.Threads;

namespace Nestor.Tests.Inference.Threads;

public sealed class TeamTests
{
    [Fact]
    public void Every_item_of_every_phase_is_done_once_and_phases_do_not_overlap()
    {
        foreach (var members in new[] { 1, 2, 3, 7 })
        {
            var job = new CountingJob(phases: 40, items: 100);
            for (var round = 0; round < 50; round++)
            {
                job.Prepare();
                Team.Shared.Run(job, members);
                Assert.All(job.Done, count => Assert.Equal(100, count));
                Assert.Equal(0, job.Early);
            }
        }
    }

    [Fact]
    public void Jobs_asked_for_at_once_take_turns() =>
        Parallel.For(0, 8, _ =>
        {
            var job = new CountingJob(phases: 10, items: 20);
            for (var round = 0; round < 20; round++)
            {
                job.Prepare();
                Team.Shared.Run(job, 3);
                Assert.All(job.Done, count => Assert.Equal(20, count));
            }
        });

    [Fact]
    public void A_thread_that_waits_long_sleeps_and_is_woken()
    {
        var signal = new Signal();
        var woken = false;
        var waiter = new Thread(() => woken = !signal.Await(0));
        waiter.Start();
        Thread.Sleep(50);
        signal.Raise();
        Assert.True(waiter.Join(TimeSpan.FromSeconds(10)));
        Assert.True(woken);
    }

    [Fact]
    public void A_job_whose_members_were_held_up_says_so_and_the_next_ones_run_alone()
    {
        // Other tests share the team, so what is asked for comes sooner or later.
        var job = new SlowMemberJob { Delay = 20 };
        Assert.True(ComesTrue(() => job.WasHeldUp));
        Assert.True(ComesTrue(() => job.Members == 1));
        job.Delay = 0;
        Assert.True(ComesTrue(() => job.Members == 2));

        bool ComesTrue(Func<bool> state) => SpinWait.SpinUntil(() => HasRun() && state(), TimeSpan.FromSeconds(20));

        bool HasRun()
        {
            Team.Shared.Run(job, 2);
            return true;
        }
    }

    [Fact]
    public void Members_who_do_not_wait_for_each_other_are_never_sent_alone()
    {
        var job = new SlowMemberJob(inLockStep: false) { Delay = 5 };
        for (var round = 0; round < 10; round++)
        {
            Team.Shared.Run(job, 2);
            Assert.Equal(2, job.Members);
        }
    }

    private sealed class CountingJob(int phases, int items) : TeamJob
    {
        private const int MostMembers = 7;

        private readonly Shares shares = new();

        public int[] Done { get; } = new int[phases];

        public int Early;

        public void Prepare()
        {
            Array.Clear(Done);
            shares.Reset(phases, MostMembers);
        }

        protected override void Work(int member)
        {
            for (var phase = 0; phase < phases; phase++)
            {
                while (shares.Next(phase, member, Members, items) >= 0)
                    Interlocked.Increment(ref Done[phase]);
                if (phase > 0 && Volatile.Read(ref Done[phase - 1]) != items)
                    Interlocked.Increment(ref Early);
                Meet();
            }
        }
    }

    private sealed class SlowMemberJob(bool inLockStep = true) : TeamJob
    {
        internal override bool IsInLockStep => inLockStep;

        public int Delay { get; set; }

        protected override void Work(int member)
        {
            if (member > 0 && Delay > 0)
                Thread.Sleep(Delay);
        }
    }
}
