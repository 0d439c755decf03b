using Lectern.KnowledgeGraphs;
using Lectern.Tests.Graphs;

namespace Lectern.Tests.KnowledgeGraphs.Scorers;

public sealed class ScorerTests
{
    private const int D = 6;

    /// <summary>The score of one triple, number by number, as the papers write it.</summary>
    private static double Slow(string name, double[] h, double[] r, double[] t)
    {
        double Sum(Func<int, double> term, int n = D) => Enumerable.Range(0, n).Sum(term);
        const int half = D / 2;
        return name switch
        {
            "rescal" => Sum(i => Sum(j => h[i] * r[i * D + j] * t[j])),
            "transe-1" => -Sum(k => Math.Abs(h[k] + r[k] - t[k])),
            "transe-2" => -Math.Sqrt(Sum(k => Math.Pow(h[k] + r[k] - t[k], 2))),
            "distmult" => Sum(k => h[k] * r[k] * t[k]),
            "complex" => Sum(k => (new System.Numerics.Complex(h[k], h[k + half]) * new System.Numerics.Complex(r[k], r[k + half])
                * System.Numerics.Complex.Conjugate(new System.Numerics.Complex(t[k], t[k + half]))).Real, half),
            "rotate" => -Sum(k => (new System.Numerics.Complex(h[k], h[k + half]) * System.Numerics.Complex.FromPolarCoordinates(1, r[k])
                - new System.Numerics.Complex(t[k], t[k + half])).Magnitude, half),
            "mure" => -Sum(k => Math.Pow(r[k] * h[k] - (t[k] + r[D + k]), 2)) + h[D] + t[D + 1],
            _ => -Sum(k => Math.Pow(h[k] - (t[k] + r[k]), 2)) + h[D] + t[D + 1],        // MuRE without stretching
        };
    }

    private static nn.Module Create(string name) => name switch
    {
        "rescal" => new Rescal(D),
        "transe-1" => new TransE(D, 1),
        "transe-2" => new TransE(D, 2),
        "distmult" => new DistMult(D),
        "complex" => new ComplEx(D),
        "rotate" => new RotatE(D),
        "mure" => new MuRE(D),
        _ => new MuRE(D, stretches: false),
    };

    public static TheoryData<string> Names => ["rescal", "transe-1", "transe-2", "distmult", "complex", "rotate", "mure", "mure-i"];

    private static double[][] Rows(Tensor x) => [.. Enumerable.Range(0, (int)x.shape[0]).Select(i => x[i].contiguous().data<double>().ToArray())];

    [Theory]
    [MemberData(nameof(Names))]
    public void All_entities_some_candidates_and_the_slow_sum_agree_from_both_sides(string name)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var module = Create(name);
        var scorer = (IScorer)module;
        var (given, r, all) = (randn(3, scorer.EntityWidth, dtype: float64), randn(3, scorer.RelationWidth, dtype: float64), randn(5, scorer.EntityWidth, dtype: float64));
        var candidates = stack([all.index_select(0, tensor(new long[] { 4, 0 })), all.index_select(0, tensor(new long[] { 1, 1 })), all.index_select(0, tensor(new long[] { 2, 3 }))]);
        int[][] chosen = [[4, 0], [1, 1], [2, 3]];
        double[][] x = Rows(given), w = Rows(r), e = Rows(all);

        double[][] tails = Rows(scorer.Tails(given, r, all)), heads = Rows(scorer.Heads(r, given, all));
        double[][] someTails = Rows(scorer.Tails(given, r, candidates)), someHeads = Rows(scorer.Heads(r, given, candidates));

        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 5; j++)
            {
                Assert.Equal(Slow(name, x[i], w[i], e[j]), tails[i][j], 1e-6);
                Assert.Equal(Slow(name, e[j], w[i], x[i]), heads[i][j], 1e-6);
            }
            for (int k = 0; k < 2; k++)
            {
                Assert.Equal(tails[i][chosen[i][k]], someTails[i][k], 1e-6);
                Assert.Equal(heads[i][chosen[i][k]], someHeads[i][k], 1e-6);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_agree_with_differences(string name)
    {
        manual_seed(2);
        using var module = Create(name);
        var scorer = (IScorer)module;
        var (given, r, all) = (randn(2, scorer.EntityWidth, dtype: float64), randn(2, scorer.RelationWidth, dtype: float64), randn(3, scorer.EntityWidth, dtype: float64));
        var candidates = randn(2, 2, scorer.EntityWidth, dtype: float64);

        Gradients.AgreeWithDifferences(v => scorer.Tails(v[0], v[1], v[2]), given, r, all);
        Gradients.AgreeWithDifferences(v => scorer.Heads(v[1], v[0], v[2]), given, r, all);
        Gradients.AgreeWithDifferences(v => scorer.Tails(v[0], v[1], v[2]), given, r, candidates);
    }

    [Fact]
    public void One_model_holds_another()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var (h, w, e) = (randn(4, D, dtype: float64), randn(4, D, dtype: float64), randn(5, D, dtype: float64));
        var none = zeros_like(h);
        var distMult = new DistMult(D).Tails(h, w, e);

        Tensor Padded(Tensor x) => cat([x, zeros_like(x)], -1);
        Close(distMult, new ComplEx(2 * D).Tails(Padded(h), Padded(w), Padded(e)));                 // no imaginary parts
        Close(distMult, new Rescal(D).Tails(h, w.diag_embed().reshape(4, -1), e));                  // diagonal matrices
        Close(new DistMult(D).Tails(h, w, e), new DistMult(D).Heads(w, h, e));                      // the same from both sides
        Close(new TransE(D).Tails(h, none, e), new TransE(D).Heads(none, h, e));

        // ComplEx with a purely imaginary relation changes its sign with the direction.
        var imaginary = cat([zeros(4, D / 2, dtype: float64), randn(4, D / 2, dtype: float64)], -1);
        Close(new ComplEx(D).Tails(h, imaginary, e), -new ComplEx(D).Heads(imaginary, h, e));

        // RotatE by angle 0, in one complex coordinate, is a distance in the plane.
        var (p, q) = (randn(4, 2, dtype: float64), randn(5, 2, dtype: float64));
        Close(new TransE(2).Tails(p, zeros_like(p), q), new RotatE(2).Tails(p, zeros(4, 1, dtype: float64), q));

        // MuRE with R = 1 and no biases is TransE's square with -r.
        Tensor Unbiased(Tensor x) => cat([x, zeros(x.shape[0], 2, dtype: float64)], -1);
        Close(new MuRE(D).Tails(Unbiased(h), cat([ones_like(w), w], -1), Unbiased(e)), -new TransE(D).Tails(h, -w, e).square());
    }

    [Fact]
    public void TuckER_with_a_diagonal_core_is_DistMult()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        using var tucker = new TuckER(D, D, normalizes: false);
        using (no_grad())
        {
            var core = tucker.parameters().Single();
            core.zero_();
            for (int k = 0; k < D; k++) core[k, k, k] = tensor(1f);
        }
        var (h, r, e) = (randn(4, D), randn(4, D), randn(5, D));

        Close(new DistMult(D).Tails(h, r, e), tucker.Tails(h, r, e), 1e-5);
        Close(new DistMult(D).Heads(r, h, e), tucker.Heads(r, h, e), 1e-5);
    }

    [Fact]
    public void ConvE_is_its_formula_and_scores_tails_only()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        using var conve = new ConvE(8, dropMaps: 0, dropProjection: 0);
        conve.eval();
        var (h, r, e) = (randn(3, conve.EntityWidth), randn(3, conve.RelationWidth), randn(4, conve.EntityWidth));
        var state = conve.state_dict();
        var image = stack([cat([h[1, 0..8].view(2, 4), r[1].view(2, 4)], 0)]).unsqueeze(0);         // [1, 1, 4, 4]
        var maps = nn.functional.conv2d(image, state["convolution.weight"], state["convolution.bias"]).relu() / Math.Sqrt(1 + 1e-5);
        var q = (state["project.weight"].mv(maps.flatten()) + state["project.bias"]) / Math.Sqrt(1 + 1e-5);

        Assert.Equal(9, conve.EntityWidth);
        Close(e[.., 0..8].mv(q.relu()) + e[.., 8], conve.Tails(h, r, e)[1], 1e-4);
        Assert.Throws<InvalidOperationException>(() => conve.Heads(r, h, e));
        Assert.Throws<ArgumentException>(() => new LinkPredictor(3, 1, new LinkSettings { Model = LinkModel.ConvE }));
    }

    [Fact]
    public void A_turn_keeps_every_modulus()
    {
        using var scope = NewDisposeScope();
        manual_seed(6);
        var (h, angles) = (randn(4, D, dtype: float64), randn(4, D / 2, dtype: float64));
        var origin = zeros(1, D, dtype: float64);

        Close(new RotatE(D).Tails(h, zeros_like(angles), origin), new RotatE(D).Tails(h, angles, origin));
    }

    private static void Close(Tensor expected, Tensor actual, double tolerance = 1e-9) =>
        Assert.True(allclose(expected, actual, rtol: tolerance, atol: tolerance), $"{expected.str()}\n{actual.str()}");
}
