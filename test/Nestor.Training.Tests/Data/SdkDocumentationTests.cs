using System.Xml.Linq;
using Nestor.Training.Data;

namespace Nestor.Training.Tests.Data;

public sealed class SdkDocumentationTests : IDisposable
{
    private const string FrameworkPack = "packs/Microsoft.NETCore.App.Ref/";
    private const string WebPack = "packs/Microsoft.AspNetCore.App.Ref/";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_type_is_a_document_with_its_members_in_the_order_of_the_file()
    {
        Pack(FrameworkPack + "10.0.1/ref/net10.0/A.xml", """
            <member name="T:Space.Bag`1"><summary>Represents a bag of
                items that can be taken out again.</summary><typeparam name="T">The type of the items of the bag.</typeparam></member>
            <member name="T:Space.Box"><summary>The base class for everything that has a lid.</summary></member>
            <member name="M:Space.Bag`1.#ctor(System.Int32)"><summary>Initializes a new instance of the <see cref="T:Space.Bag`1" /> class.</summary>
                <param name="capacity">The number of items that the bag can hold.</param>
                <exception cref="T:System.ArgumentOutOfRangeException"><paramref name="capacity" /> is less than zero, or too large.

            -or-

            The bag is not strong enough to hold so much.</exception></member>
            <member name="M:Space.Bag`1.TryTake(`0@)"><summary>Takes an item, if there is one left.</summary>
                <param name="item">When this method returns, contains the item that was taken out.</param>
                <returns><see langword="true" /> if there was an item to be taken; otherwise, <see langword="false" />.</returns></member>
            """);
        Assert.Equal(
            [
                "Bag represents a bag of items that can be taken out again. The T type parameter is the type of the items of the bag.\n\n"
                + "The Bag constructor initializes a new instance of the Bag class. The capacity parameter is the number of items that the bag can hold. "
                + "ArgumentOutOfRangeException is thrown when capacity is less than zero, or too large. "
                + "ArgumentOutOfRangeException is thrown when the bag is not strong enough to hold so much.\n\n"
                + "The TryTake method takes an item, if there is one left. When this method returns, item contains the item that was taken out. "
                + "Returns true if there was an item to be taken; otherwise, false.",
                "Box is the base class for everything that has a lid.",
            ],
            SdkDocumentation.Open(folder.Root).Documents());
    }

    [Theory]
    [InlineData("See <see cref=\"M:A.B.Text.Join(System.String,System.Object[])\"/> and <see cref=\"T:A.List`1\" />.", "See Text.Join and List.")]
    [InlineData("<see cref=\"M:A.List`1.#ctor(`0)\"/>, <see cref=\"M:A.Int.op_Addition(A.Int)\"/>, <see cref=\"N:A.B\"/>", "List, Int.Addition, A.B")]
    [InlineData("<see cref=\"P:A.B.C\">the property</see> of <typeparamref name=\"T\"/> is <c>x + 1</c> <see langword=\"null\"/> .", "the property of T is x + 1 null.")]
    [InlineData("<para>One.</para>\n <para>Two <b>bold</b>.</para><code>var x = 1;</code>", "One.|Two bold.")]
    [InlineData("All:<list type=\"bullet\"><listheader><term>Head</term></listheader><item><term>a</term><description>first</description></item></list>", "All:|a: first")]
    [InlineData("<see href=\"https://x.y/z\">link</see>, <a href=\"https://x.y\">other</a><see href=\"https://x.y\"/>", "link, other")]
    [InlineData("<xref href=\"System.String.Format*?displayProperty=nameWithType\"></xref> 2<sup>n</sup>", "Format 2^n")]
    [InlineData("<see cref=\"!:Broken\"/> <see cref=\"\"/> <see/> <unknown>word</unknown>", "Broken word")]
    public void Elements_inside_a_text_become_words(string xml, string expected) =>
        Assert.Equal(expected.Split('|'), DocumentationText.Paragraphs(XElement.Parse($"<summary>{xml}</summary>", LoadOptions.PreserveWhitespace)).ToArray());

    [Theory]
    [InlineData("10.0.1", "10.0.0")]
    [InlineData("10.0.0", "10.0.0-rc.2.25502.107")]
    [InlineData("10.0.0-rc.10", "10.0.0-rc.9")]
    [InlineData("10.0.0", "9.0.12")]
    [InlineData("1.0.0", "nonsense")]
    public void Newer_versions_come_after_older_ones(string newer, string older) =>
        Assert.True(TargetingPack.Order(newer).CompareTo(TargetingPack.Order(older)) > 0);

    [Fact]
    public void The_newest_pack_is_read_and_a_file_in_two_packs_once()
    {
        Pack(FrameworkPack + "9.0.0/ref/net9.0/A.xml", Type("T:A", "Represents an old version of the thing."));
        Pack(FrameworkPack + "10.0.0/ref/net10.0/A.xml", Type("T:A", "Represents the new version of the thing."));
        Pack(WebPack + "10.0.0/ref/net10.0/A.xml", Type("T:A", "Represents a copy that should not count."));
        Pack(WebPack + "10.0.0/ref/net10.0/B.xml", Type("T:B", "Serves pages to those who ask for them."));
        Directory.CreateDirectory(folder.Path(FrameworkPack + "11.0.0"));
        var source = SdkDocumentation.Open(folder.Root);
        Assert.Equal(["A represents the new version of the thing.", "B serves pages to those who ask for them."], source.Documents());
        Assert.Equal("10.0.0", source.Version);
        Assert.Equal(source.Bytes, source.Read().Last().Consumed);
    }

    [Fact]
    public void Texts_that_differ_in_names_only_are_kept_once()
    {
        Pack(FrameworkPack + "10.0.0/ref/net10.0/A.xml", """
            <member name="M:Convert.ToByte"><summary>Converts the value of a Char to a Byte.</summary><param name="x">The character that is to be converted now.</param></member>
            <member name="M:Convert.ToInt16"><summary>Converts the value of a Byte to an Int16.</summary><param name="x">Whatever else is said of what it takes.</param></member>
            <member name="M:Convert.ToInt32"><summary>Converts the value of an Int16 to an Int32.</summary></member>
            """);
        Assert.Equal(
            ["The ToByte method converts the value of a Char to a Byte. The x parameter is the character that is to be converted now."],
            SdkDocumentation.Open(folder.Root).Documents());
    }

    [Fact]
    public void Code_listings_and_messages_are_left_out()
    {
        Pack(FrameworkPack + "10.0.0/ref/net10.0/A.xml", """
            <member name="M:System.Runtime.Intrinsics.X86.Sse.Add(System.Single)"><summary>Adds all the numbers of the two vectors.</summary></member>
            <member name="M:A.B"><summary>__m128 _mm_add_ps (__m128 a, __m128 b) ADDPS xmm1, xmm2/m128</summary></member>
            <member name="M:A.C"><summary>The value {0} of the field is not in the list.</summary></member>
            <member name="M:A.D"><summary>To be added when somebody has time for it.</summary></member>
            <member><summary>This one has no name but many words.</summary></member>
            <member name="?"><summary>This one has no name but many words.</summary></member>
            """);
        Assert.Empty(SdkDocumentation.Open(folder.Root).Documents());
    }

    [Fact]
    public void A_machine_without_packs_is_told_what_to_do()
    {
        var error = Assert.Throws<NestorException>(() => SdkDocumentation.Open(folder.Root));
        Assert.Contains("--text PATH", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("<doc><members><member name='T:A'><summary>cut")]
    [InlineData("<!DOCTYPE doc [<!ENTITY x 'y'>]><doc><members>&x;</members></doc>")]
    [InlineData("\0\u0001")]
    [InlineData("")]
    public void Damaged_documentation_is_refused(string xml)
    {
        folder.Write(FrameworkPack + "10.0.0/ref/net10.0/A.xml", xml);
        var error = Assert.Throws<NestorException>(() => SdkDocumentation.Open(folder.Root).Documents().Count());
        Assert.Contains("A.xml", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_elements_do_not_exhaust_the_stack()
    {
        const int depth = 10_000;
        var deep = string.Concat(Enumerable.Repeat("<b>", depth)) + "x" + string.Concat(Enumerable.Repeat("</b>", depth));
        Pack(FrameworkPack + "10.0.0/ref/net10.0/A.xml", Type("T:A", "Represents something that is very deep " + deep));
        Assert.Equal(["A represents something that is very deep."], SdkDocumentation.Open(folder.Root).Documents());
    }

    [Fact(Explicit = true)]
    [Trait("Category", "Slow")]
    public void This_machines_sdk_has_megabytes_of_sentences()
    {
        Assert.SkipUnless(DotnetRoots.Find().Any(root => TargetingPack.Documentation(root).Files.Count > 0), "No .NET SDK documentation is on this machine.");
        var documents = SdkDocumentation.Open().Documents().ToList();
        var text = string.Concat(documents);
        Assert.InRange(text.Length, 3_000_000, 12_000_000);
        Assert.InRange(documents.Count, 3_000, 20_000);
        Assert.DoesNotContain("  ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("__m128", text, StringComparison.Ordinal);
        Assert.True(text.Count(char.IsAsciiLetter) > 0.8 * text.Length);
        Assert.All(documents.SelectMany(document => document.Split("\n\n")), paragraph => Assert.Contains(paragraph[^1], ".!?:;"));
    }

    private static string Type(string name, string summary) => $"<member name=\"{name}\"><summary>{summary}</summary></member>";

    private void Pack(string path, string members) => folder.Write(path, $"<?xml version=\"1.0\"?><doc><assembly><name>A</name></assembly><members>{members}</members></doc>");
}
