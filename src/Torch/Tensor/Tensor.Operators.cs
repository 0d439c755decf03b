using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>How a division ends: exactly, cut towards zero, or rounded down.</summary>
    public enum RoundingMode { None, trunc, floor }

    public partial class Tensor
    {
        private static long[] Dims(long dim) => [dim];

        private static string? NameOf(RoundingMode mode) => mode == RoundingMode.None ? null : mode.ToString();

        public static Tensor operator +(Tensor left, Tensor right) => Op.Call("add.Tensor", left, right);
        public static Tensor operator +(Tensor left, Scalar right) => Op.Call("add.Scalar", left, right);
        public static Tensor operator +(Scalar left, Tensor right) => Op.Call("add.Scalar", right, left);
        public static Tensor operator -(Tensor left, Tensor right) => Op.Call("sub.Tensor", left, right);
        public static Tensor operator -(Tensor left, Scalar right) => Op.Call("sub.Scalar", left, right);
        public static Tensor operator -(Scalar left, Tensor right) => Op.Call("rsub.Scalar", right, left);
        public static Tensor operator *(Tensor left, Tensor right) => Op.Call("mul.Tensor", left, right);
        public static Tensor operator *(Tensor left, Scalar right) => Op.Call("mul.Scalar", left, right);
        public static Tensor operator *(Scalar left, Tensor right) => Op.Call("mul.Scalar", right, left);
        public static Tensor operator /(Tensor left, Tensor right) => Op.Call("div.Tensor", left, right);
        public static Tensor operator /(Tensor left, Scalar right) => Op.Call("div.Scalar", left, right);

        public static Tensor operator /(Scalar left, Tensor right)
        {
            using var inverse = right.reciprocal();
            return inverse * left;
        }

        public static Tensor operator %(Tensor left, Tensor right) => left.remainder(right);
        public static Tensor operator %(Tensor left, Scalar right) => left.remainder(right);
        public static Tensor operator -(Tensor tensor) => tensor.neg();
        public static Tensor operator +(Tensor tensor) => tensor.alias();
        public static Tensor operator ~(Tensor left) => left.bitwise_not();
        public static Tensor operator &(Tensor left, Tensor right) => left.bitwise_and(right);
        public static Tensor operator |(Tensor left, Tensor right) => left.bitwise_or(right);
        public static Tensor operator ^(Tensor left, Tensor right) => left.bitwise_xor(right);
        public static Tensor operator <<(Tensor left, Tensor right) => left.bitwise_left_shift(right);
        public static Tensor operator >>(Tensor left, Tensor right) => left.bitwise_right_shift(right);
        public static Tensor operator ==(Tensor left, Tensor right) => left.eq(right);
        public static Tensor operator ==(Tensor left, Scalar right) => left.eq(right);
        public static Tensor operator ==(Scalar left, Tensor right) => right.eq(left);
        public static Tensor operator !=(Tensor left, Tensor right) => left.ne(right);
        public static Tensor operator !=(Tensor left, Scalar right) => left.ne(right);
        public static Tensor operator !=(Scalar left, Tensor right) => right.ne(left);
        public static Tensor operator <(Tensor left, Tensor right) => left.lt(right);
        public static Tensor operator <(Tensor left, Scalar right) => left.lt(right);
        public static Tensor operator <(Scalar left, Tensor right) => right.gt(left);
        public static Tensor operator <=(Tensor left, Tensor right) => left.le(right);
        public static Tensor operator <=(Tensor left, Scalar right) => left.le(right);
        public static Tensor operator <=(Scalar left, Tensor right) => right.ge(left);
        public static Tensor operator >(Tensor left, Tensor right) => left.gt(right);
        public static Tensor operator >(Tensor left, Scalar right) => left.gt(right);
        public static Tensor operator >(Scalar left, Tensor right) => right.lt(left);
        public static Tensor operator >=(Tensor left, Tensor right) => left.ge(right);
        public static Tensor operator >=(Tensor left, Scalar right) => left.ge(right);
        public static Tensor operator >=(Scalar left, Tensor right) => right.le(left);
    }
}
