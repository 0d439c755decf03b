using Lectern.KnowledgeGraphs;
using Lectern.Tests.Graphs;

namespace Lectern.Tests.KnowledgeGraphs;

public sealed class AnswerLossTests
{
    private static readonly AnswerRows Answers = new([0, 1, 4, 6], [3, 0, 5, 18, 7, 2]);

    public static TheoryData<LinkLoss, double, double> Cases => new()
    {
        { LinkLoss.CrossEntropy, 0, 0 }, { LinkLoss.CrossEntropy, 0.2, 0 },
        { LinkLoss.BinaryCrossEntropy, 0, 0 }, { LinkLoss.BinaryCrossEntropy, 0.3, 1.5 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_kernel_and_the_table_of_labels_agree(LinkLoss loss, double smoothing, double offset)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        foreach (double scale in (double[])[1, 40])                     // 40: where exp alone would overflow or vanish
        {
            var scores = randn(3, 19) * scale;                          // 19: no multiple of the lanes
            var (a, b) = (scores.clone().requires_grad_(), scores.to(float64).requires_grad_());
            var slow = AnswerLoss.ByOperators(b, Answers, loss, smoothing, offset);
            (slow * 3).backward();
            foreach (bool overwrite in (bool[])[false, true])           // the last one: a's numbers are gone then
            {
                a.grad = null;
                var fast = AnswerLoss.Of(a, Answers, loss, smoothing, offset, factor: 0.5, overwrite);
                (fast * 6).backward();

                Assert.Equal(slow.item<double>(), 2 * fast.item<float>(), 1e-4 * scale);
                Assert.True(allclose(b.grad!, a.grad!.to(float64), rtol: 1e-4, atol: 1e-5));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_agree_with_differences(LinkLoss loss, double smoothing, double offset)
    {
        manual_seed(2);
        Gradients.AgreeWithDifferences(v => AnswerLoss.Of(v[0], Answers, loss, smoothing, offset), randn(3, 19, dtype: float64));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Products_made_in_tiles_lose_what_their_table_loses(LinkLoss loss, double smoothing, double offset)
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        const int questions = 1100;                                     // three tiles, the last one small
        int[] pointers = [.. Enumerable.Range(0, questions + 1).Select(i => 2 * i)];
        var answers = new AnswerRows(pointers, [.. Enumerable.Range(0, 2 * questions).Select(i => (i / 2 * 7 + i % 2) % 23)]);
        Tensor[] a = [randn(questions, 5), randn(23, 5)], b = [.. a.Select(x => x.to(float64))];
        foreach (var x in a.Concat(b)) x.requires_grad_();
        var slow = AnswerLoss.ByOperators(b[0].mm(b[1].t()), answers, loss, smoothing, offset);
        var fast = ProductLoss.Of(a[0], a[1], answers, loss, smoothing, offset, factor: 0.5);
        (slow * 3).backward();
        (fast * 6).backward();

        Assert.Equal(slow.item<double>(), 2 * fast.item<float>(), 1e-5 * slow.item<double>());
        foreach (var (x, y) in a.Zip(b)) Assert.True(allclose(y.grad!, x.grad!.to(float64), rtol: 1e-3, atol: 1e-3));
    }

    [Fact]
    public void By_hand()
    {
        using var scope = NewDisposeScope();
        var scores = tensor(new float[] { 0, 0, 0, 0 }).unsqueeze(0);
        var two = new AnswerRows([0, 2], [1, 2]);

        Assert.Equal(Math.Log(4), AnswerLoss.Of(scores, two, LinkLoss.CrossEntropy).item<float>(), 1e-6);
        Assert.Equal(4 * Math.Log(2), AnswerLoss.Of(scores, two, LinkLoss.BinaryCrossEntropy).item<float>(), 1e-6);
        // log(e¹ + e² + e³ + e⁴) - (2 + 3)/2
        var rising = tensor(new float[] { 1, 2, 3, 4 }).unsqueeze(0);
        Assert.Equal(Math.Log(Math.E + Math.Exp(2) + Math.Exp(3) + Math.Exp(4)) - 2.5, AnswerLoss.Of(rising, two, LinkLoss.CrossEntropy).item<float>(), 1e-6);
    }

    [Fact]
    public void Cross_entropy_moves_no_row_as_a_whole_and_knows_PyTorchs_for_one_answer()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var scores = randn(3, 19).requires_grad_();
        AnswerLoss.Of(scores, Answers, LinkLoss.CrossEntropy).backward();
        Assert.True(scores.grad!.sum(1).abs().max().item<float>() < 1e-5);

        var one = new AnswerRows([0, 1, 2, 3], [4, 0, 18]);
        var expected = nn.functional.cross_entropy(scores, tensor(new long[] { 4, 0, 18 }), reduction: nn.Reduction.Sum);
        Assert.Equal(expected.item<float>(), AnswerLoss.Of(scores, one, LinkLoss.CrossEntropy).item<float>(), 1e-4);
    }

    [Fact]
    public void A_margin_is_not_for_all_entities() =>
        Assert.All([
            () => AnswerLoss.Of(zeros(1, 2), new AnswerRows([0, 1], [0]), LinkLoss.Margin),
            () => ProductLoss.Of(zeros(1, 2), zeros(2, 2), new AnswerRows([0, 1], [0]), LinkLoss.Margin),
        ], (Func<Tensor> loss) => Assert.Throws<ArgumentException>(loss));
}
