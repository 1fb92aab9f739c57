using CsCheck;
using Nestor.Inference;
using Nestor.MixNMatch;
using Nestor.Models;
using Nestor.Tests.Formats;

namespace Nestor.Tests.MixNMatch;

public sealed class BudgetTests
{
    private static readonly ModelConfig Micro = ModelPresets.Get("micro");

    [Theory]
    [InlineData("60%", 60, BudgetUnit.Share)]
    [InlineData("12.5 %", 12.5, BudgetUnit.Share)]
    [InlineData("30M", 30e6, BudgetUnit.Parameters)]
    [InlineData("1.5b", 1.5e9, BudgetUnit.Parameters)]
    [InlineData("1234567", 1234567, BudgetUnit.Parameters)]
    [InlineData("400MB", 400e6, BudgetUnit.Bytes)]
    [InlineData("400 MiB", 400 * 1048576.0, BudgetUnit.Bytes)]
    [InlineData("2gb", 2e9, BudgetUnit.Bytes)]
    [InlineData("12ms", 12, BudgetUnit.Milliseconds)]
    [InlineData(" 0.08 ms ", 0.08, BudgetUnit.Milliseconds)]
    public void A_budget_reads_as_people_write_it(string text, double amount, BudgetUnit unit) => Assert.Equal(new Budget((decimal)amount, unit), Budget.Parse(text));

    [Fact]
    public void Printing_and_reading_a_budget_is_identity() =>
        Gen.Select(Gen.Long[1, 1_000_000_000_000_000], Gen.Int[0, 6], Gen.Enum<BudgetUnit>()).Sample((number, decimals, unit) =>
        {
            var budget = new Budget(number / (decimal)Math.Pow(10, decimals), unit);
            Assert.Equal(budget, Budget.Parse(budget.ToString()));
        });

    [Theory]
    [InlineData(1_738_368, BudgetUnit.Parameters, "1.738368M")]
    [InlineData(400_000_000, BudgetUnit.Bytes, "400MB")]
    [InlineData(0.5, BudgetUnit.Milliseconds, "0.5ms")]
    public void A_budget_prints_in_the_largest_unit_it_reaches(double amount, BudgetUnit unit, string text) => Assert.Equal(text, new Budget((decimal)amount, unit).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("%")]
    [InlineData("MB")]
    [InlineData("0")]
    [InlineData("-5M")]
    [InlineData("1e9")]
    [InlineData("NaN%")]
    [InlineData("12 minutes")]
    [InlineData("1,5M")]
    [InlineData("99999999999999999999999999999999GB")]
    [InlineData("9999999999999999GB")]
    public void What_is_no_budget_is_answered_with_examples(string text) => Errors.AreOneLineWith(() => Budget.Parse(text), "60%", "30M", "400MB", "12ms");

    [Fact]
    public void No_text_crashes_the_reader() =>
        Gen.String[Gen.Char["0123456789.%KMBGimsb -e"], 0, 12].Sample(text =>
        {
            try
            {
                Assert.True(Budget.Parse(text).Amount > 0);
            }
            catch (NestorException)
            {
            }
        });

    [Theory]
    [InlineData("1M", 1e6)]
    [InlineData("50%", 869_184)]
    [InlineData("100%", 1_738_368)]
    [InlineData("1738368", 1_738_368)]
    [InlineData("4MB", 4e6)]
    public void A_budget_becomes_a_limit_in_its_unit(string text, double most)
    {
        var limit = PlanLimit.Of(Micro, Budget.Parse(text), WeightType.F32, null);
        Assert.Equal(most, limit.Most, 1e-6);
        Assert.True(limit.Costs.Of(PaperRule.Select(limit)) <= most);
    }

    [Theory]
    [InlineData("40%", "below", "40.63% to 100%")]
    [InlineData("101%", "above", "40.63% to 100%")]
    [InlineData("700K", "below", "706.176K to 1.738368M")]
    [InlineData("1738369", "above", "706.176K to 1.738368M")]
    [InlineData("1MB", "below", "2.824704MB to 6.953472MB")]
    [InlineData("7MB", "above", "2.824704MB to 6.953472MB")]
    public void A_budget_outside_the_models_range_is_answered_with_the_range(string text, string where, string range) =>
        Errors.AreOneLineWith(() => PlanLimit.Of(Micro, Budget.Parse(text), WeightType.F32, null), where, range);

    [Theory]
    [InlineData("40.63%")]
    [InlineData("706.176K")]
    [InlineData("1.738368M")]
    [InlineData("2.824704MB")]
    [InlineData("6.953472MB")]
    public void The_ends_of_the_range_are_budgets_themselves(string text) => PlanLimit.Of(Micro, Budget.Parse(text), WeightType.F32, null);

    [Fact]
    public void Milliseconds_need_a_table() => Errors.AreOneLineWith(() => PlanLimit.Of(Micro, Budget.Parse("12ms"), WeightType.F32, null), "nestor profile", "--costs");

    [Fact]
    public void A_model_of_one_width_has_nothing_to_choose() =>
        Errors.AreOneLineWith(() => PlanLimit.Of(Micro with { Granularities = [] }, Budget.Parse("50%"), WeightType.F32, null), "trained nested");
}
