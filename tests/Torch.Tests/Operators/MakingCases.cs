namespace Torch.Tests.Operators;

/// <summary>What makes tensors, converts them, and draws them at random.</summary>
internal static partial class OperatorCases
{
    private static readonly ScalarType[] types =
        [uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64, @bool, complex64, complex128];

    private static readonly Dictionary<string, Form[]> Making = new()
    {
        ["arange"] = F(() => (arange(5), arange(2, 5), arange(1, 2, 0.25), arange(3.0), arange(5, 0, -2))),
        ["linspace"] = F(
            () => (linspace(0, 1, 5, float64), logspace(0, 2, 3, 10, float64),
                logspace(0, 3, 4, 2, float64))),
        ["eye"] = F(() => (eye(2), eye(2, 3, int64))),
        ["full"] = F(() => (full(2, 3), full(2, 2.5), full([2], true), full(1, 2, 3, float64))),
        ["complex"] = F((a, b) => complex(a, b)),
        ["polar"] = F((a, b) => polar(a, b)),
        ["like"] = F(a => (zeros_like(a), ones_like(a), full_like(a, 2.7), zeros_like(a, float32)),
            a => (a.zeros_like(), a.ones_like(), a.full_like(2.7), a.zeros_like(float32)),
            a => (a.new_zeros(1, 2), a.new_ones(1, 2), a.new_full([1, 2], 2),
                empty_like(a, float32).zero_())),
        ["to types from whole"] = F(a => types[1..].Select(type => a.to(type)).ToArray(),
            a => types[1..].Select(type => a.type(type)).ToArray(),
            a => types[1..].Select(type => a.to_type(type)).ToArray(),
            a => types[1..].Select(type => a.to(zeros(1, type))).ToArray(),
            a => types[1..].Select(type => a.type_as(zeros(1, type))).ToArray(),
            a => types[1..].Select(type => a.to(type, CPU)).ToArray(), a => Converted(a)),
        ["to types from real"] = F(a => types[1..].Select(type => a.to(type)).ToArray(),
            a => types[1..].Select(type => a.type(type)).ToArray(),
            a => types[1..].Select(type => a.to_type(type)).ToArray(),
            a => types[1..].Select(type => a.to(zeros(1, type))).ToArray(),
            a => types[1..].Select(type => a.type_as(zeros(1, type))).ToArray(),
            a => types[1..].Select(type => a.to(type, CPU)).ToArray(), a => Converted(a)),
        ["to uint8"] = F(a => a.@byte(), a => a.to(uint8)),
        ["promotion"] = [x => (from p in x from q in x select p + q).ToArray()],
    };

    /// <summary>Cases of random numbers; each form is called after manual_seed(11).</summary>
    public static readonly Dictionary<string, Form[]> Seeded = new()
    {
        ["rand"] = F(() => rand(2, 3), () => rand([2, 3]), () => rand(2, 3, generator: Generator.Default),
            () => rand(new long[] { 2, 3 })),
        ["rand 20"] = F(() => rand(20)),
        ["rand float64"] = F(() => rand(3, float64)),
        ["randn"] = F(() => randn(2, 3), () => randn([2, 3]), () => randn(2, 3, generator: Generator.Default),
            () => randn(new long[] { 2, 3 })),
        ["randn 20"] = F(() => randn(20)),
        ["randn float64"] = F(() => randn(3, float64)),
        ["randint"] = F(() => randint(2, 50, [6]), () => randint(2, 50, new long[] { 6 })),
        ["randint high"] = F(() => randint(9, [2, 3]), () => randint(9, new long[] { 2, 3 })),
        ["randperm"] = F(() => randperm(9), () => randperm(9, generator: Generator.Default)),
        ["normal"] = F(() => normal(2, 3, [4])),
        ["normal tensors"] = F(() => normal(arange(4.0), ones(4))),
        ["rand_like"] = F(() => (rand_like(ones(3)), randn_like(ones(3)), randint_like(ones(3), 2, 9)),
            () => (ones(3).rand_like(), ones(3).randn_like(), randint_like(ones(3), 2, 9))),
        ["uniform_"] = F(() => empty(5).uniform_(-2, 3),
            () => empty(5).uniform_(-2, 3, generator: Generator.Default)),
        ["normal_"] = F(() => empty(5).normal_(1, 2),
            () => empty(5).normal_(1, 2, generator: Generator.Default)),
        ["normal_ 17"] = F(() => empty(17).normal_(), () => empty(17).normal_(generator: Generator.Default)),
        ["exponential_"] = F(() => empty(5).exponential_(2),
            () => empty(5).exponential_(2, generator: Generator.Default)),
        ["bernoulli_"] = F(() => empty(8).bernoulli_(0.3),
            () => empty(8).bernoulli_(0.3, generator: Generator.Default)),
        ["log_normal_"] = F(() => empty(5).log_normal_(0.5, 0.25),
            () => empty(5).log_normal_(0.5, 0.25, generator: Generator.Default)),
        ["geometric_"] = F(() => empty(5).geometric_(0.3),
            () => empty(5).geometric_(0.3, generator: Generator.Default)),
        ["cauchy_"] = F(() => empty(5).cauchy_(0.5, 2),
            () => empty(5).cauchy_(0.5, 2, generator: Generator.Default)),
        ["random_"] = F(() => empty(5).random_(3, 30),
            () => empty(5).random_(3, 30, generator: Generator.Default)),
        ["bernoulli"] = F(() => linspace(0, 1, 8).bernoulli(), () => bernoulli(linspace(0, 1, 8))),
        ["multinomial"] = F(() => (Four.multinomial(3), Three.multinomial(6, true)),
            () => (multinomial(Four, 3), multinomial(Three, 6, true))),
        ["poisson"] = F(() => full(5, 3.5).poisson(), () => poisson(full(5, 3.5))),
        ["dropout"] = F(() => ones(12).dropout(0.4), () => dropout(ones(12), 0.4)),
    };
}
