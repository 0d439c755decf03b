using System.Xml.Linq;
using Lectern.Host.Running;

namespace Lectern.Host.Tests.Running;

/// <summary>What a test program's results are read as.</summary>
public sealed class UnitTestsTests
{
    [Fact]
    public void Results_are_counted_and_failures_named()
    {
        var outcome = UnitTests.Read(XDocument.Parse("""
            <assemblies><assembly><errors><error name="Cleanup"><failure><message>late</message></failure></error></errors>
            <collection><test name="A.One" result="Pass"/><test name="A.Two" result="Skip"/>
            <test name="A.Three" result="Fail"><failure><message>1 is not 2</message></failure></test></collection></assembly></assemblies>
            """));
        Assert.Equal((1, 1), (outcome.Passed, outcome.Skipped));
        Assert.Equal(["A.Three\n1 is not 2", "Cleanup\nlate"], outcome.Failures);
    }

    [Fact]
    public void A_whole_run_leaves_out_what_is_to_be_named_and_a_named_one_does_not()
    {
        Assert.Equal(["-trait-", "Run=named"], UnitTests.Filters([], fast: false));
        Assert.Equal(["-class", "*Tensor*", "-class", "*Jupyter*"], UnitTests.Filters(["Tensor", "Jupyter"], fast: false));
        Assert.Equal(["-trait-", "Length=long", "-trait-", "Run=named"], UnitTests.Filters([], fast: true));
        Assert.Equal(["-trait-", "Length=long", "-class", "*Tensor*"], UnitTests.Filters(["Tensor"], fast: true));
    }
}
