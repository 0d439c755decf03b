using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// First values of parameters, set in place without autograd; each returns the tensor it was given.
        /// </summary>
        public static class init
        {
            /// <summary>
            /// What follows a layer, which decides the gain; see <see cref="calculate_gain"/>.
            /// </summary>
            public enum NonlinearityType
            {
                Linear = 0, Conv1D = 1, Conv2D = 2, Conv3D = 3, ConvTranspose1D = 4, ConvTranspose2D = 5,
                ConvTranspose3D = 6,
                Sigmoid = 7, Tanh = 8, ReLU = 9, LeakyReLU = 10,
            }

            /// <summary>Whether the variance is kept forwards (fan in) or backwards (fan out).</summary>
            public enum FanInOut { FanIn = 0, FanOut = 1 }

            /// <summary>
            /// The factor by which a non-linearity shrinks deviations: 5/3 for tanh, √2 for ReLU, √(2/(1+a²))
            /// for leaky.
            /// </summary>
            public static double calculate_gain(NonlinearityType nonlinearity, double param = 0.0) =>
                nonlinearity switch
                {
                    NonlinearityType.Tanh => 5.0 / 3,
                    NonlinearityType.ReLU => Math.Sqrt(2),
                    NonlinearityType.LeakyReLU => Math.Sqrt(2 / (1 + param * param)),
                    _ => 1,
                };

            /// <summary>
            /// How many inputs an output of a weight [out, in, kernel...] has, and the reverse.
            /// </summary>
            /// <exception cref="ArgumentException">The tensor has fewer than two axes.</exception>
            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                var shape = tensor.shape;
                if (shape.Length < 2)
                    throw new ArgumentException(
                        $"Fan in and out need at least two axes, got shape [{string.Join(", ", shape)}].",
                        nameof(tensor));
                var field = shape[2..].Aggregate(1L, (product, size) => product * size);
                return (shape[1] * field, shape[0] * field);
            }

            public static Tensor ones_(Tensor tensor) => Quietly("fill_.Scalar", tensor, 1);
            public static Tensor zeros_(Tensor tensor) => Quietly("zero_", tensor);
            public static Tensor constant_(Tensor tensor, Scalar val) => Quietly("fill_.Scalar", tensor, val);

            /// <summary>Uniform in [low, high).</summary>
            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1,
                Generator? generator = null) =>
                Quietly("uniform_", tensor, low, high, generator);

            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1,
                Generator? generator = null) =>
                Quietly("normal_", tensor, mean, std, generator);

            /// <summary>The identity [n, m].</summary>
            public static Tensor eye_(Tensor tensor)
            {
                RequireRank(tensor, 2, 2, nameof(eye_));
                using var one = eye(tensor.shape[0], tensor.shape[1], dtype: tensor.dtype,
                    device: tensor.device);
                return Quietly("copy_", tensor, one);
            }

            /// <summary>Makes a convolution's weight [out, in, kernel...] hand its inputs through.</summary>
            public static Tensor dirac_(Tensor tensor)
            {
                RequireRank(tensor, 3, 5, nameof(dirac_));
                var shape = tensor.shape;
                zeros_(tensor);
                using var scope = NewDisposeScope();
                using var quiet = no_grad();
                for (long channel = 0; channel < Math.Min(shape[0], shape[1]); channel++)
                {
                    var place = Op.Call("select.int", Op.Call("select.int", tensor, 0, channel), 0, channel);
                    foreach (var size in shape[2..]) place = Op.Call("select.int", place, 0, size / 2);
                    Op.Run("fill_.Scalar", place, 1);
                }
                return tensor;
            }

            /// <summary>A normal distribution cut off at a and b.</summary>
            public static Tensor trunc_normal_(Tensor tensor, double mean = 0.0, double std = 1.0,
                double a = -2.0, double b = 2.0, Generator? generator = null)
            {
                uniform_(tensor, 2 * Below((a - mean) / std) - 1, 2 * Below((b - mean) / std) - 1, generator);
                Quietly("erfinv_", tensor);
                Quietly("mul_.Scalar", tensor, std * Math.Sqrt(2));
                Quietly("add_.Scalar", tensor, mean);
                return Quietly("clamp_", tensor, a, b);

                static double Below(double x)
                {
                    using var point = torch.tensor(x, dtype: ScalarType.Float64);
                    using var share = Op.Call("special_ndtr", point);
                    return share.item<double>();
                }
            }

            /// <summary>
            /// A random orthogonal matrix [rows, the rest together], scaled (Saxe et al. 2013).
            /// </summary>
            public static Tensor orthogonal_(Tensor tensor, double gain = 1.0)
            {
                RequireRank(tensor, 2, int.MaxValue, nameof(orthogonal_));
                using var scope = NewDisposeScope();
                using var quiet = no_grad();
                long rows = tensor.shape[0], columns = tensor.numel() / rows;
                var draw = empty([rows, columns], dtype: tensor.dtype, device: tensor.device);
                Op.Run("normal_", draw, 0.0, 1.0);
                if (rows < columns) draw = draw.t();
                var (q, r) = Op.Call2("linalg_qr", draw);
                // R's diagonal made positive: uniform on the group
                q = q * Op.Call("sign", Op.Call("diagonal", r));
                if (rows < columns) q = q.t();
                Quietly("copy_", tensor, Op.Call("reshape", q, tensor.shape));
                return Quietly("mul_.Scalar", tensor, gain);
            }

            /// <summary>
            /// Normal values, of which a share in each column of a matrix is zero (Martens 2010).
            /// </summary>
            public static Tensor sparse_(Tensor tensor, double sparsity, double std = 0.01)
            {
                RequireRank(tensor, 2, 2, nameof(sparse_));
                normal_(tensor, 0, std);
                using var scope = NewDisposeScope();
                using var quiet = no_grad();
                long rows = tensor.shape[0], none = (long)Math.Ceiling(sparsity * rows);
                for (long column = 0; column < tensor.shape[1]; column++)
                {
                    var chosen = Op.Call("slice.Tensor", randperm(rows, device: tensor.device), 0, 0, none);
                    Op.Run("index_fill_.int_Scalar", Op.Call("select.int", tensor, 1, column), 0, chosen, 0);
                }
                return tensor;
            }

            /// <summary>Uniform in ±gain·√(6/(fan in + fan out)) (Glorot and Bengio 2010).</summary>
            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1.0)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                var bound = Math.Sqrt(3.0) * gain * Math.Sqrt(2.0 / (fanIn + fanOut));
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>
            /// Normal with deviation gain·√(2/(fan in + fan out)) (Glorot and Bengio 2010).
            /// </summary>
            public static Tensor xavier_normal_(Tensor tensor, double gain = 1.0)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                return normal_(tensor, 0, gain * Math.Sqrt(2.0 / (fanIn + fanOut)));
            }

            public static Tensor glorot_uniform_(Tensor tensor, double gain = 1.0) =>
                xavier_uniform_(tensor, gain);
            public static Tensor glorot_normal_(Tensor tensor, double gain = 1.0) =>
                xavier_normal_(tensor, gain);

            /// <summary>Uniform in ±gain·√(3/fan) (He et al. 2015).</summary>
            /// <param name="a">The slope of the leaky ReLU that follows.</param>
            public static Tensor kaiming_uniform_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn,
                NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
            {
                var bound = Math.Sqrt(3.0) * Deviation(tensor, a, mode, nonlinearity);
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>Normal with deviation gain/√fan (He et al. 2015).</summary>
            /// <param name="a">The slope of the leaky ReLU that follows.</param>
            public static Tensor kaiming_normal_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn,
                NonlinearityType nonlinearity = NonlinearityType.LeakyReLU) =>
                normal_(tensor, 0, Deviation(tensor, a, mode, nonlinearity));

            private static double Deviation(Tensor tensor, double a, FanInOut mode,
                NonlinearityType nonlinearity)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                return calculate_gain(nonlinearity, a) / Math.Sqrt(mode == FanInOut.FanIn ? fanIn : fanOut);
            }

            private static Tensor Quietly(string op, Tensor tensor, params ReadOnlySpan<Value> rest)
            {
                using var quiet = no_grad();
                Op.Run(op, [tensor, .. rest]);
                return tensor;
            }

            private static void RequireRank(Tensor tensor, int least, int most, string function)
            {
                if (tensor.dim() >= least && tensor.dim() <= most) return;
                var upTo = most == least ? "" : most == int.MaxValue ? " or more" : $" to {most}";
                throw new ArgumentException(
                    $"{function} takes {least}{upTo} axes, got shape [{string.Join(", ", tensor.shape)}].",
                    nameof(tensor));
            }
        }
    }
}
