using System.Globalization;
using Nestor.Formats;

namespace Nestor.MixNMatch;

/// <summary>The most a slice may cost, as people write it: <c>60%</c>, <c>30M</c>, <c>400MB</c>, <c>12ms</c>.</summary>
/// <param name="Amount">How much, in the unit; above 0.</param>
/// <param name="Unit">What is limited.</param>
public readonly record struct Budget(decimal Amount, BudgetUnit Unit)
{
    // Longest suffix first, so that MB is not read as B.
    private static readonly (string Suffix, decimal Factor, BudgetUnit Unit)[] Suffixes =
    [
        ("KiB", 1024m, BudgetUnit.Bytes),
        ("MiB", 1024m * 1024, BudgetUnit.Bytes),
        ("GiB", 1024m * 1024 * 1024, BudgetUnit.Bytes),
        ("KB", 1e3m, BudgetUnit.Bytes),
        ("MB", 1e6m, BudgetUnit.Bytes),
        ("GB", 1e9m, BudgetUnit.Bytes),
        ("ms", 1m, BudgetUnit.Milliseconds),
        ("%", 1m, BudgetUnit.Share),
        ("K", 1e3m, BudgetUnit.Parameters),
        ("M", 1e6m, BudgetUnit.Parameters),
        ("B", 1e9m, BudgetUnit.Parameters),
        ("", 1m, BudgetUnit.Parameters),
    ];

    private const decimal Largest = 1e15m;

    /// <summary>Reads a budget. <c>K</c>, <c>M</c> and <c>B</c> count parameters, <c>KB</c> and <c>KiB</c> bytes; case does not matter.</summary>
    /// <exception cref="NestorException">The text is not a budget, or not above 0.</exception>
    public static Budget Parse(string text)
    {
        var trimmed = text.Trim();
        var (suffix, factor, unit) = Suffixes.First(known => trimmed.EndsWith(known.Suffix, StringComparison.OrdinalIgnoreCase));
        return decimal.TryParse(trimmed.AsSpan(0, trimmed.Length - suffix.Length).TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number is > 0 and <= Largest
            ? new Budget(number * factor, unit)
            : throw new NestorException($"{Quoted.Quote(text)} is not a budget; write a share of the parameters such as 60%, parameters such as 30M, bytes such as 400MB or milliseconds for a token such as 12ms.");
    }

    /// <summary>The budget as text that <see cref="Parse"/> reads back.</summary>
    public override string ToString()
    {
        var (amount, unit) = this;
        var decimals = Suffixes.Where(known => known.Unit == unit && known.Factor % 10 is 0 or 1).OrderBy(known => known.Factor).ToList();
        var (suffix, factor, _) = decimals.FindLast(known => known.Factor <= amount) is { Suffix: not null } fitting ? fitting : decimals[0];
        return (amount / factor).ToString("0.############################", CultureInfo.InvariantCulture) + suffix;
    }
}
