using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        // One argument.

        public Tensor abs() => Op.Call("abs", this);
        public Tensor abs_() => Op.InPlace("abs_", this);
        public Tensor neg() => Op.Call("neg", this);
        public Tensor neg_() => Op.InPlace("neg_", this);
        public Tensor sign() => Op.Call("sign", this);
        public Tensor sign_() => Op.InPlace("sign_", this);
        public Tensor sgn() => Op.Call("sgn", this);
        public Tensor sgn_() => Op.InPlace("sgn_", this);
        public Tensor sqrt() => Op.Call("sqrt", this);
        public Tensor sqrt_() => Op.InPlace("sqrt_", this);
        public Tensor rsqrt() => Op.Call("rsqrt", this);
        public Tensor rsqrt_() => Op.InPlace("rsqrt_", this);
        public Tensor square() => Op.Call("square", this);
        public Tensor square_() => Op.InPlace("square_", this);
        public Tensor reciprocal() => Op.Call("reciprocal", this);
        public Tensor reciprocal_() => Op.InPlace("reciprocal_", this);
        public Tensor exp() => Op.Call("exp", this);
        public Tensor exp_() => Op.InPlace("exp_", this);
        public Tensor exp2() => Op.Call("exp2", this);
        public Tensor exp2_() => Op.InPlace("exp2_", this);
        public Tensor expm1() => Op.Call("expm1", this);
        public Tensor expm1_() => Op.InPlace("expm1_", this);
        public Tensor log() => Op.Call("log", this);
        public Tensor log_() => Op.InPlace("log_", this);
        public Tensor log2() => Op.Call("log2", this);
        public Tensor log2_() => Op.InPlace("log2_", this);
        public Tensor log10() => Op.Call("log10", this);
        public Tensor log10_() => Op.InPlace("log10_", this);
        public Tensor log1p() => Op.Call("log1p", this);
        public Tensor log1p_() => Op.InPlace("log1p_", this);
        public Tensor sin() => Op.Call("sin", this);
        public Tensor sin_() => Op.InPlace("sin_", this);
        public Tensor cos() => Op.Call("cos", this);
        public Tensor cos_() => Op.InPlace("cos_", this);
        public Tensor tan() => Op.Call("tan", this);
        public Tensor tan_() => Op.InPlace("tan_", this);
        public Tensor asin() => Op.Call("asin", this);
        public Tensor asin_() => Op.InPlace("asin_", this);
        public Tensor acos() => Op.Call("acos", this);
        public Tensor acos_() => Op.InPlace("acos_", this);
        public Tensor atan() => Op.Call("atan", this);
        public Tensor atan_() => Op.InPlace("atan_", this);
        public Tensor sinh() => Op.Call("sinh", this);
        public Tensor sinh_() => Op.InPlace("sinh_", this);
        public Tensor cosh() => Op.Call("cosh", this);
        public Tensor cosh_() => Op.InPlace("cosh_", this);
        public Tensor tanh() => Op.Call("tanh", this);
        public Tensor tanh_() => Op.InPlace("tanh_", this);
        public Tensor asinh() => Op.Call("asinh", this);
        public Tensor asinh_() => Op.InPlace("asinh_", this);
        public Tensor acosh() => Op.Call("acosh", this);
        public Tensor acosh_() => Op.InPlace("acosh_", this);
        public Tensor atanh() => Op.Call("atanh", this);
        public Tensor atanh_() => Op.InPlace("atanh_", this);
        public Tensor sigmoid() => Op.Call("sigmoid", this);
        public Tensor sigmoid_() => Op.InPlace("sigmoid_", this);
        public Tensor erf() => Op.Call("erf", this);
        public Tensor erf_() => Op.InPlace("erf_", this);
        public Tensor erfc() => Op.Call("erfc", this);
        public Tensor erfc_() => Op.InPlace("erfc_", this);
        public Tensor erfinv() => Op.Call("erfinv", this);
        public Tensor erfinv_() => Op.InPlace("erfinv_", this);
        public Tensor lgamma() => Op.Call("lgamma", this);
        public Tensor lgamma_() => Op.InPlace("lgamma_", this);
        public Tensor digamma() => Op.Call("digamma", this);
        public Tensor digamma_() => Op.InPlace("digamma_", this);
        public Tensor ceil() => Op.Call("ceil", this);
        public Tensor ceil_() => Op.InPlace("ceil_", this);
        public Tensor floor() => Op.Call("floor", this);
        public Tensor floor_() => Op.InPlace("floor_", this);
        public Tensor round() => Op.Call("round", this);
        public Tensor round_() => Op.InPlace("round_", this);
        public Tensor trunc() => Op.Call("trunc", this);
        public Tensor trunc_() => Op.InPlace("trunc_", this);
        public Tensor frac() => Op.Call("frac", this);
        public Tensor frac_() => Op.InPlace("frac_", this);
        public Tensor deg2rad() => Op.Call("deg2rad", this);
        public Tensor deg2rad_() => Op.InPlace("deg2rad_", this);
        public Tensor rad2deg() => Op.Call("rad2deg", this);
        public Tensor rad2deg_() => Op.InPlace("rad2deg_", this);
        public Tensor sinc() => Op.Call("sinc", this);
        public Tensor sinc_() => Op.InPlace("sinc_", this);
        public Tensor i0() => Op.Call("i0", this);
        public Tensor i0_() => Op.InPlace("i0_", this);
        public Tensor absolute() => abs();
        public Tensor negative() => neg();
        public Tensor arcsin() => asin();
        public Tensor arccos() => acos();
        public Tensor arctan() => atan();
        public Tensor fix() => trunc();
        public Tensor logit(double? eps = null) => Op.Call("logit", this, eps);
        public Tensor round(long decimals) => Op.Call("round.decimals", this, decimals);
        public Tensor polygamma(long n) => Op.Call("special_polygamma", n, this);

        // Tests of single numbers.

        public Tensor isnan() => Op.Call("isnan", this);
        public Tensor isinf() => Op.Call("isinf", this);
        public Tensor isfinite() => Op.Call("isfinite", this);
        public Tensor isposinf() => Op.Call("isposinf", this);
        public Tensor isneginf() => Op.Call("isneginf", this);
        public Tensor isreal() => Op.Call("isreal", this);

        // Activations.

        public Tensor relu() => Op.Call("relu", this);
        public Tensor relu_() => Op.InPlace("relu_", this);
        public Tensor relu6() => Op.Call("relu6", this);
        public Tensor relu6_() => Op.InPlace("relu6_", this);
        public Tensor leaky_relu(Scalar negative_slope) => Op.Call("leaky_relu", this, negative_slope);
        public Tensor leaky_relu_(Scalar negative_slope) => Op.InPlace("leaky_relu_", this, negative_slope);
        public Tensor elu(double alpha = 1) => Op.Call("elu", this, alpha);
        public Tensor elu_(double alpha = 1) => Op.InPlace("elu_", this, alpha);
        public Tensor celu(double alpha = 1) => Op.Call("celu", this, alpha);
        public Tensor selu() => Op.Call("selu", this);
        public Tensor selu_() => Op.InPlace("selu_", this);
        public Tensor gelu() => Op.Call("gelu", this);
        public Tensor silu() => Op.Call("silu", this);
        public Tensor silu_() => Op.InPlace("silu_", this);
        public Tensor mish() => Op.Call("mish", this);
        public Tensor hardtanh(Scalar min, Scalar max) => Op.Call("hardtanh", this, min, max);
        public Tensor hardsigmoid() => Op.Call("hardsigmoid", this);
        public Tensor hardswish() => Op.Call("hardswish", this);
        public Tensor glu(long dim = -1) => Op.Call("glu", this, dim);
        public Tensor log_sigmoid() => Op.Call("log_sigmoid", this);
        public Tensor softplus(double beta = 1, double threshold = 20) => Op.Call("softplus", this, beta, threshold);
        public Tensor softmax(long dim, ScalarType? dtype = null) => Op.Call("softmax.int", this, dim, dtype);
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Op.Call("log_softmax.int", this, dim, dtype);
        public Tensor prelu(Tensor weight) => Op.Call("prelu", this, weight);

        // Arithmetic.

        public Tensor add(Tensor target) => Op.Call("add.Tensor", this, target);
        public Tensor add(Tensor target, Scalar alpha) => Op.Call("add.Tensor", this, target, alpha);
        public Tensor add(Scalar scalar) => Op.Call("add.Scalar", this, scalar);
        public Tensor add(Scalar scalar, Scalar alpha) => Op.Call("add.Scalar", this, scalar, alpha);
        public Tensor add_(Tensor target) => Op.InPlace("add_.Tensor", this, target);
        public Tensor add_(Tensor target, Scalar alpha) => Op.InPlace("add_.Tensor", this, target, alpha);
        public Tensor add_(Scalar scalar) => Op.InPlace("add_.Scalar", this, scalar);
        public Tensor add_(Scalar scalar, Scalar alpha) => Op.InPlace("add_.Scalar", this, scalar, alpha);
        public Tensor sub(Tensor target) => Op.Call("sub.Tensor", this, target);
        public Tensor sub(Tensor target, Scalar alpha) => Op.Call("sub.Tensor", this, target, alpha);
        public Tensor sub(Scalar scalar) => Op.Call("sub.Scalar", this, scalar);
        public Tensor sub(Scalar scalar, Scalar alpha) => Op.Call("sub.Scalar", this, scalar, alpha);
        public Tensor sub_(Tensor target) => Op.InPlace("sub_.Tensor", this, target);
        public Tensor sub_(Tensor target, Scalar alpha) => Op.InPlace("sub_.Tensor", this, target, alpha);
        public Tensor sub_(Scalar scalar) => Op.InPlace("sub_.Scalar", this, scalar);
        public Tensor sub_(Scalar scalar, Scalar alpha) => Op.InPlace("sub_.Scalar", this, scalar, alpha);
        public Tensor mul(Tensor target) => Op.Call("mul.Tensor", this, target);
        public Tensor mul(Scalar target) => Op.Call("mul.Scalar", this, target);
        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.Call("div.Tensor_mode", this, target, NameOf(rounding_mode));
        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.Call("div.Scalar_mode", this, target, NameOf(rounding_mode));
        public Tensor pow(Tensor exponent) => Op.Call("pow.Tensor_Tensor", this, exponent);
        public Tensor pow(Scalar exponent) => Op.Call("pow.Tensor_Scalar", this, exponent);
        public Tensor floor_divide(Tensor other) => Op.Call("floor_divide", this, other);
        public Tensor remainder(Tensor other) => Op.Call("remainder.Tensor", this, other);
        public Tensor remainder(Scalar other) => Op.Call("remainder.Scalar", this, other);
        public Tensor fmod(Tensor target) => Op.Call("fmod.Tensor", this, target);
        public Tensor fmod(Scalar scalar) => Op.Call("fmod.Scalar", this, scalar);
        public Tensor atan2(Tensor other) => Op.Call("atan2", this, other);
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar? value = null) =>
            Op.Call("addcmul", this, tensor1, tensor2, value ?? 1);
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar? value = null) =>
            Op.Call("addcdiv", this, tensor1, tensor2, value ?? 1);
        public Tensor lerp(Tensor end, Tensor weight) => Op.Call("lerp.Tensor", this, end, weight);
        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Op.Call("clamp", this, min, max);
        public Tensor clamp_min(Scalar min) => Op.Call("clamp_min", this, min);
        public Tensor clamp_max(Scalar max) => Op.Call("clamp_max", this, max);
        public Tensor nan_to_num(double? nan = null, double? posinf = null, double? neginf = null) =>
            Op.Call("nan_to_num", this, nan, posinf, neginf);
        public Tensor xlogy(Tensor y) => Op.Call("xlogy.Tensor", this, y);
        public Tensor mul_(Tensor target) => Op.InPlace("mul_.Tensor", this, target);
        public Tensor mul_(Scalar target) => Op.InPlace("mul_.Scalar", this, target);
        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.InPlace("div_.Tensor_mode", this, target, NameOf(rounding_mode));
        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.InPlace("div_.Scalar_mode", this, target, NameOf(rounding_mode));
        public Tensor pow_(Tensor exponent) => Op.InPlace("pow_.Tensor", this, exponent);
        public Tensor pow_(Scalar exponent) => Op.InPlace("pow_.Scalar", this, exponent);
        public Tensor floor_divide_(Tensor other) => Op.InPlace("floor_divide_.Tensor", this, other);
        public Tensor remainder_(Tensor other) => Op.InPlace("remainder_.Tensor", this, other);
        public Tensor remainder_(Scalar other) => Op.InPlace("remainder_.Scalar", this, other);
        public Tensor fmod_(Tensor target) => Op.InPlace("fmod_.Tensor", this, target);
        public Tensor fmod_(Scalar scalar) => Op.InPlace("fmod_.Scalar", this, scalar);
        public Tensor atan2_(Tensor other) => Op.InPlace("atan2_", this, other);
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar? value = null) =>
            Op.InPlace("addcmul_", this, tensor1, tensor2, value ?? 1);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar? value = null) =>
            Op.InPlace("addcdiv_", this, tensor1, tensor2, value ?? 1);
        public Tensor lerp_(Tensor end, Tensor weight) => Op.InPlace("lerp_.Tensor", this, end, weight);
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Op.InPlace("clamp_", this, min, max);
        public Tensor clamp_min_(Scalar min) => Op.InPlace("clamp_min_", this, min);
        public Tensor clamp_max_(Scalar max) => Op.InPlace("clamp_max_", this, max);
        public Tensor nan_to_num_(double? nan = null, double? posinf = null, double? neginf = null) =>
            Op.InPlace("nan_to_num_", this, nan, posinf, neginf);
        public Tensor xlogy_(Tensor y) => Op.InPlace("xlogy_.Tensor", this, y);
        public Tensor clamp(Tensor? min, Tensor? max = null) => Op.Call("clamp.Tensor", this, min, max);
        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);
        public Tensor multiply(Tensor target) => mul(target);
        public Tensor multiply(Scalar target) => mul(target);
        public Tensor divide(Tensor target) => div(target);
        public Tensor subtract(Tensor target) => sub(target);
        public Tensor maximum(Tensor other) => Op.Call("maximum", this, other);
        public Tensor minimum(Tensor other) => Op.Call("minimum", this, other);
        public Tensor max(Tensor other) => maximum(other);
        public Tensor min(Tensor other) => minimum(other);
        public Tensor fmax(Tensor other) => Op.Call("fmax", this, other);
        public Tensor fmin(Tensor other) => Op.Call("fmin", this, other);
        public Tensor hypot(Tensor other) => Op.Call("hypot", this, other);
        public Tensor logaddexp(Tensor other) => Op.Call("logaddexp", this, other);
        public Tensor copysign(Tensor other) => Op.Call("copysign.Tensor", this, other);
        public Tensor heaviside(Tensor values) => Op.Call("heaviside", this, values);

        // Comparison and logic.

        public Tensor eq(Tensor target) => Op.Call("eq.Tensor", this, target);
        public Tensor eq(Scalar target) => Op.Call("eq.Scalar", this, target);
        public Tensor eq_(Tensor target) => Op.InPlace("eq_.Tensor", this, target);
        public Tensor eq_(Scalar target) => Op.InPlace("eq_.Scalar", this, target);
        public Tensor ne(Tensor target) => Op.Call("ne.Tensor", this, target);
        public Tensor ne(Scalar target) => Op.Call("ne.Scalar", this, target);
        public Tensor ne_(Tensor target) => Op.InPlace("ne_.Tensor", this, target);
        public Tensor ne_(Scalar target) => Op.InPlace("ne_.Scalar", this, target);
        public Tensor lt(Tensor target) => Op.Call("lt.Tensor", this, target);
        public Tensor lt(Scalar target) => Op.Call("lt.Scalar", this, target);
        public Tensor lt_(Tensor target) => Op.InPlace("lt_.Tensor", this, target);
        public Tensor lt_(Scalar target) => Op.InPlace("lt_.Scalar", this, target);
        public Tensor le(Tensor target) => Op.Call("le.Tensor", this, target);
        public Tensor le(Scalar target) => Op.Call("le.Scalar", this, target);
        public Tensor le_(Tensor target) => Op.InPlace("le_.Tensor", this, target);
        public Tensor le_(Scalar target) => Op.InPlace("le_.Scalar", this, target);
        public Tensor gt(Tensor target) => Op.Call("gt.Tensor", this, target);
        public Tensor gt(Scalar target) => Op.Call("gt.Scalar", this, target);
        public Tensor gt_(Tensor target) => Op.InPlace("gt_.Tensor", this, target);
        public Tensor gt_(Scalar target) => Op.InPlace("gt_.Scalar", this, target);
        public Tensor ge(Tensor target) => Op.Call("ge.Tensor", this, target);
        public Tensor ge(Scalar target) => Op.Call("ge.Scalar", this, target);
        public Tensor ge_(Tensor target) => Op.InPlace("ge_.Tensor", this, target);
        public Tensor ge_(Scalar target) => Op.InPlace("ge_.Scalar", this, target);
        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false) =>
            Op.Call("isclose", this, other, rtol, atol, nanEqual);
        /// <summary>Whether shapes agree and all elements are near one another.</summary>
        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
            Op.CallBool("allclose", this, target, rtol, atol, equal_nan);
        /// <summary>Elementwise equality, as eq (TorchSharp's meaning; Python's torch.equal compares whole tensors).</summary>
        public Tensor equal(Tensor target) => eq(target);
        public Tensor logical_and(Tensor other) => Op.Call("logical_and", this, other);
        public Tensor logical_or(Tensor other) => Op.Call("logical_or", this, other);
        public Tensor logical_xor(Tensor other) => Op.Call("logical_xor", this, other);
        public Tensor logical_not() => Op.Call("logical_not", this);
        public Tensor bitwise_and(Tensor other) => Op.Call("bitwise_and.Tensor", this, other);
        public Tensor bitwise_or(Tensor other) => Op.Call("bitwise_or.Tensor", this, other);
        public Tensor bitwise_xor(Tensor other) => Op.Call("bitwise_xor.Tensor", this, other);
        public Tensor bitwise_not() => Op.Call("bitwise_not", this);
        public Tensor bitwise_left_shift(Tensor other) => Op.Call("bitwise_left_shift.Tensor", this, other);
        public Tensor bitwise_right_shift(Tensor other) => Op.Call("bitwise_right_shift.Tensor", this, other);
        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) =>
            Op.Call("isin.Tensor_Tensor", this, test_elements, assumeUnique, invert);

        // Filling, and drawing random numbers.

        public Tensor fill_(Scalar value) => Op.InPlace("fill_.Scalar", this, value);
        public Tensor zero_() => Op.InPlace("zero_", this);
        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            Op.InPlace("uniform_", this, from, to, generator);
        public Tensor normal_(double mean = 0.0, double std = 1.0, Generator? generator = null) =>
            Op.InPlace("normal_", this, mean, std, generator);
        public Tensor exponential_(double lambda = 1.0, Generator? generator = null) =>
            Op.InPlace("exponential_", this, lambda, generator);
        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) =>
            Op.InPlace("bernoulli_.float", this, p, generator);
        public Tensor log_normal_(double mean = 1.0, double std = 2.0, Generator? generator = null) =>
            Op.InPlace("log_normal_", this, mean, std, generator);
        public Tensor geometric_(double p, Generator? generator = null) => Op.InPlace("geometric_", this, p, generator);
        public Tensor cauchy_(double median = 0.0, double sigma = 1.0, Generator? generator = null) =>
            Op.InPlace("cauchy_", this, median, sigma, generator);
        public Tensor random_(long from, long to, Generator? generator = null) =>
            Op.InPlace("random_.from", this, from, to, generator);
        public Tensor bernoulli(Generator? generator = null) => Op.Call("bernoulli", this, generator);
        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) =>
            Op.Call("multinomial", this, num_samples, replacement, generator);
        public Tensor poisson(Generator? generator = null) => Op.Call("poisson", this, generator);
        /// <summary>Zeroes each element with probability p and scales the rest by 1/(1-p), when training.</summary>
        public Tensor dropout(double p = 0.5, bool training = true) => Op.Call("dropout", this, p, training);
    }

    // The same as functions.

    public static Tensor abs(Tensor input) => input.abs();
    public static Tensor abs_(Tensor input) => input.abs_();
    public static Tensor neg(Tensor input) => input.neg();
    public static Tensor neg_(Tensor input) => input.neg_();
    public static Tensor sign(Tensor input) => input.sign();
    public static Tensor sign_(Tensor input) => input.sign_();
    public static Tensor sgn(Tensor input) => input.sgn();
    public static Tensor sgn_(Tensor input) => input.sgn_();
    public static Tensor sqrt(Tensor input) => input.sqrt();
    public static Tensor sqrt_(Tensor input) => input.sqrt_();
    public static Tensor rsqrt(Tensor input) => input.rsqrt();
    public static Tensor rsqrt_(Tensor input) => input.rsqrt_();
    public static Tensor square(Tensor input) => input.square();
    public static Tensor square_(Tensor input) => input.square_();
    public static Tensor reciprocal(Tensor input) => input.reciprocal();
    public static Tensor reciprocal_(Tensor input) => input.reciprocal_();
    public static Tensor exp(Tensor input) => input.exp();
    public static Tensor exp_(Tensor input) => input.exp_();
    public static Tensor exp2(Tensor input) => input.exp2();
    public static Tensor exp2_(Tensor input) => input.exp2_();
    public static Tensor expm1(Tensor input) => input.expm1();
    public static Tensor expm1_(Tensor input) => input.expm1_();
    public static Tensor log(Tensor input) => input.log();
    public static Tensor log_(Tensor input) => input.log_();
    public static Tensor log2(Tensor input) => input.log2();
    public static Tensor log2_(Tensor input) => input.log2_();
    public static Tensor log10(Tensor input) => input.log10();
    public static Tensor log10_(Tensor input) => input.log10_();
    public static Tensor log1p(Tensor input) => input.log1p();
    public static Tensor log1p_(Tensor input) => input.log1p_();
    public static Tensor sin(Tensor input) => input.sin();
    public static Tensor sin_(Tensor input) => input.sin_();
    public static Tensor cos(Tensor input) => input.cos();
    public static Tensor cos_(Tensor input) => input.cos_();
    public static Tensor tan(Tensor input) => input.tan();
    public static Tensor tan_(Tensor input) => input.tan_();
    public static Tensor asin(Tensor input) => input.asin();
    public static Tensor asin_(Tensor input) => input.asin_();
    public static Tensor acos(Tensor input) => input.acos();
    public static Tensor acos_(Tensor input) => input.acos_();
    public static Tensor atan(Tensor input) => input.atan();
    public static Tensor atan_(Tensor input) => input.atan_();
    public static Tensor sinh(Tensor input) => input.sinh();
    public static Tensor sinh_(Tensor input) => input.sinh_();
    public static Tensor cosh(Tensor input) => input.cosh();
    public static Tensor cosh_(Tensor input) => input.cosh_();
    public static Tensor tanh(Tensor input) => input.tanh();
    public static Tensor tanh_(Tensor input) => input.tanh_();
    public static Tensor asinh(Tensor input) => input.asinh();
    public static Tensor asinh_(Tensor input) => input.asinh_();
    public static Tensor acosh(Tensor input) => input.acosh();
    public static Tensor acosh_(Tensor input) => input.acosh_();
    public static Tensor atanh(Tensor input) => input.atanh();
    public static Tensor atanh_(Tensor input) => input.atanh_();
    public static Tensor sigmoid(Tensor input) => input.sigmoid();
    public static Tensor sigmoid_(Tensor input) => input.sigmoid_();
    public static Tensor erf(Tensor input) => input.erf();
    public static Tensor erf_(Tensor input) => input.erf_();
    public static Tensor erfc(Tensor input) => input.erfc();
    public static Tensor erfc_(Tensor input) => input.erfc_();
    public static Tensor erfinv(Tensor input) => input.erfinv();
    public static Tensor erfinv_(Tensor input) => input.erfinv_();
    public static Tensor lgamma(Tensor input) => input.lgamma();
    public static Tensor lgamma_(Tensor input) => input.lgamma_();
    public static Tensor digamma(Tensor input) => input.digamma();
    public static Tensor digamma_(Tensor input) => input.digamma_();
    public static Tensor ceil(Tensor input) => input.ceil();
    public static Tensor ceil_(Tensor input) => input.ceil_();
    public static Tensor floor(Tensor input) => input.floor();
    public static Tensor floor_(Tensor input) => input.floor_();
    public static Tensor round(Tensor input) => input.round();
    public static Tensor round_(Tensor input) => input.round_();
    public static Tensor trunc(Tensor input) => input.trunc();
    public static Tensor trunc_(Tensor input) => input.trunc_();
    public static Tensor frac(Tensor input) => input.frac();
    public static Tensor frac_(Tensor input) => input.frac_();
    public static Tensor deg2rad(Tensor input) => input.deg2rad();
    public static Tensor deg2rad_(Tensor input) => input.deg2rad_();
    public static Tensor rad2deg(Tensor input) => input.rad2deg();
    public static Tensor rad2deg_(Tensor input) => input.rad2deg_();
    public static Tensor sinc(Tensor input) => input.sinc();
    public static Tensor sinc_(Tensor input) => input.sinc_();
    public static Tensor i0(Tensor input) => input.i0();
    public static Tensor i0_(Tensor input) => input.i0_();
    public static Tensor absolute(Tensor input) => input.absolute();
    public static Tensor negative(Tensor input) => input.negative();
    public static Tensor arcsin(Tensor input) => input.arcsin();
    public static Tensor arccos(Tensor input) => input.arccos();
    public static Tensor arctan(Tensor input) => input.arctan();
    public static Tensor fix(Tensor input) => input.fix();
    public static Tensor logit(Tensor input, double? eps = null) => input.logit(eps);
    public static Tensor round(Tensor input, long decimals) => input.round(decimals);
    public static Tensor polygamma(Tensor input, long n) => input.polygamma(n);

    public static Tensor isnan(Tensor input) => input.isnan();
    public static Tensor isinf(Tensor input) => input.isinf();
    public static Tensor isfinite(Tensor input) => input.isfinite();
    public static Tensor isposinf(Tensor input) => input.isposinf();
    public static Tensor isneginf(Tensor input) => input.isneginf();
    public static Tensor isreal(Tensor input) => input.isreal();

    public static Tensor relu(Tensor input) => input.relu();
    public static Tensor relu_(Tensor input) => input.relu_();
    public static Tensor relu6(Tensor input) => input.relu6();
    public static Tensor relu6_(Tensor input) => input.relu6_();
    public static Tensor leaky_relu(Tensor input, Scalar negative_slope) => input.leaky_relu(negative_slope);
    public static Tensor leaky_relu_(Tensor input, Scalar negative_slope) => input.leaky_relu_(negative_slope);
    public static Tensor elu(Tensor input, double alpha = 1) => input.elu(alpha);
    public static Tensor elu_(Tensor input, double alpha = 1) => input.elu_(alpha);
    public static Tensor celu(Tensor input, double alpha = 1) => input.celu(alpha);
    public static Tensor selu(Tensor input) => input.selu();
    public static Tensor selu_(Tensor input) => input.selu_();
    public static Tensor gelu(Tensor input) => input.gelu();
    public static Tensor silu(Tensor input) => input.silu();
    public static Tensor silu_(Tensor input) => input.silu_();
    public static Tensor mish(Tensor input) => input.mish();
    public static Tensor hardtanh(Tensor input, Scalar min, Scalar max) => input.hardtanh(min, max);
    public static Tensor hardsigmoid(Tensor input) => input.hardsigmoid();
    public static Tensor hardswish(Tensor input) => input.hardswish();
    public static Tensor glu(Tensor input, long dim = -1) => input.glu(dim);
    public static Tensor log_sigmoid(Tensor input) => input.log_sigmoid();
    public static Tensor softplus(Tensor input, double beta = 1, double threshold = 20) => input.softplus(beta, threshold);
    public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
    public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null) => input.log_softmax(dim, dtype);
    public static Tensor prelu(Tensor input, Tensor weight) => input.prelu(weight);

    public static Tensor add(Tensor input, Tensor target) => input.add(target);
    public static Tensor add(Tensor input, Tensor target, Scalar alpha) => input.add(target, alpha);
    public static Tensor add(Tensor input, Scalar scalar) => input.add(scalar);
    public static Tensor add(Tensor input, Scalar scalar, Scalar alpha) => input.add(scalar, alpha);
    public static Tensor add_(Tensor input, Tensor target) => input.add_(target);
    public static Tensor add_(Tensor input, Tensor target, Scalar alpha) => input.add_(target, alpha);
    public static Tensor add_(Tensor input, Scalar scalar) => input.add_(scalar);
    public static Tensor add_(Tensor input, Scalar scalar, Scalar alpha) => input.add_(scalar, alpha);
    public static Tensor sub(Tensor input, Tensor target) => input.sub(target);
    public static Tensor sub(Tensor input, Tensor target, Scalar alpha) => input.sub(target, alpha);
    public static Tensor sub(Tensor input, Scalar scalar) => input.sub(scalar);
    public static Tensor sub(Tensor input, Scalar scalar, Scalar alpha) => input.sub(scalar, alpha);
    public static Tensor sub_(Tensor input, Tensor target) => input.sub_(target);
    public static Tensor sub_(Tensor input, Tensor target, Scalar alpha) => input.sub_(target, alpha);
    public static Tensor sub_(Tensor input, Scalar scalar) => input.sub_(scalar);
    public static Tensor sub_(Tensor input, Scalar scalar, Scalar alpha) => input.sub_(scalar, alpha);
    public static Tensor mul(Tensor input, Tensor target) => input.mul(target);
    public static Tensor mul(Tensor input, Scalar target) => input.mul(target);
    public static Tensor div(Tensor input, Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
        input.div(target, rounding_mode);
    public static Tensor div(Tensor input, Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
        input.div(target, rounding_mode);
    public static Tensor pow(Tensor input, Tensor exponent) => input.pow(exponent);
    public static Tensor pow(Tensor input, Scalar exponent) => input.pow(exponent);
    public static Tensor floor_divide(Tensor input, Tensor other) => input.floor_divide(other);
    public static Tensor remainder(Tensor input, Tensor other) => input.remainder(other);
    public static Tensor remainder(Tensor input, Scalar other) => input.remainder(other);
    public static Tensor fmod(Tensor input, Tensor target) => input.fmod(target);
    public static Tensor fmod(Tensor input, Scalar scalar) => input.fmod(scalar);
    public static Tensor atan2(Tensor input, Tensor other) => input.atan2(other);
    public static Tensor addcmul(Tensor input, Tensor tensor1, Tensor tensor2, Scalar? value = null) =>
        input.addcmul(tensor1, tensor2, value);
    public static Tensor addcdiv(Tensor input, Tensor tensor1, Tensor tensor2, Scalar? value = null) =>
        input.addcdiv(tensor1, tensor2, value);
    public static Tensor lerp(Tensor input, Tensor end, Tensor weight) => input.lerp(end, weight);
    public static Tensor clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);
    public static Tensor clamp_min(Tensor input, Scalar min) => input.clamp_min(min);
    public static Tensor clamp_max(Tensor input, Scalar max) => input.clamp_max(max);
    public static Tensor nan_to_num(Tensor input, double? nan = null, double? posinf = null, double? neginf = null) =>
        input.nan_to_num(nan, posinf, neginf);
    public static Tensor xlogy(Tensor input, Tensor y) => input.xlogy(y);
    public static Tensor mul_(Tensor input, Tensor target) => input.mul_(target);
    public static Tensor mul_(Tensor input, Scalar target) => input.mul_(target);
    public static Tensor div_(Tensor input, Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
        input.div_(target, rounding_mode);
    public static Tensor div_(Tensor input, Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
        input.div_(target, rounding_mode);
    public static Tensor pow_(Tensor input, Tensor exponent) => input.pow_(exponent);
    public static Tensor pow_(Tensor input, Scalar exponent) => input.pow_(exponent);
    public static Tensor floor_divide_(Tensor input, Tensor other) => input.floor_divide_(other);
    public static Tensor remainder_(Tensor input, Tensor other) => input.remainder_(other);
    public static Tensor remainder_(Tensor input, Scalar other) => input.remainder_(other);
    public static Tensor fmod_(Tensor input, Tensor target) => input.fmod_(target);
    public static Tensor fmod_(Tensor input, Scalar scalar) => input.fmod_(scalar);
    public static Tensor atan2_(Tensor input, Tensor other) => input.atan2_(other);
    public static Tensor addcmul_(Tensor input, Tensor tensor1, Tensor tensor2, Scalar? value = null) =>
        input.addcmul_(tensor1, tensor2, value);
    public static Tensor addcdiv_(Tensor input, Tensor tensor1, Tensor tensor2, Scalar? value = null) =>
        input.addcdiv_(tensor1, tensor2, value);
    public static Tensor lerp_(Tensor input, Tensor end, Tensor weight) => input.lerp_(end, weight);
    public static Tensor clamp_(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp_(min, max);
    public static Tensor clamp_min_(Tensor input, Scalar min) => input.clamp_min_(min);
    public static Tensor clamp_max_(Tensor input, Scalar max) => input.clamp_max_(max);
    public static Tensor nan_to_num_(Tensor input, double? nan = null, double? posinf = null, double? neginf = null) =>
        input.nan_to_num_(nan, posinf, neginf);
    public static Tensor xlogy_(Tensor input, Tensor y) => input.xlogy_(y);
    public static Tensor clamp(Tensor input, Tensor? min, Tensor? max = null) => input.clamp(min, max);
    public static Tensor clip(Tensor input, Scalar? min = null, Scalar? max = null) => input.clip(min, max);
    public static Tensor multiply(Tensor input, Tensor target) => input.multiply(target);
    public static Tensor multiply(Tensor input, Scalar target) => input.multiply(target);
    public static Tensor divide(Tensor input, Tensor target) => input.divide(target);
    public static Tensor subtract(Tensor input, Tensor target) => input.subtract(target);
    public static Tensor maximum(Tensor input, Tensor other) => input.maximum(other);
    public static Tensor minimum(Tensor input, Tensor other) => input.minimum(other);
    public static Tensor max(Tensor input, Tensor other) => input.max(other);
    public static Tensor min(Tensor input, Tensor other) => input.min(other);
    public static Tensor fmax(Tensor input, Tensor other) => input.fmax(other);
    public static Tensor fmin(Tensor input, Tensor other) => input.fmin(other);
    public static Tensor hypot(Tensor input, Tensor other) => input.hypot(other);
    public static Tensor logaddexp(Tensor input, Tensor other) => input.logaddexp(other);
    public static Tensor copysign(Tensor input, Tensor other) => input.copysign(other);
    public static Tensor heaviside(Tensor input, Tensor values) => input.heaviside(values);

    public static Tensor eq(Tensor input, Tensor target) => input.eq(target);
    public static Tensor eq(Tensor input, Scalar target) => input.eq(target);
    public static Tensor eq_(Tensor input, Tensor target) => input.eq_(target);
    public static Tensor eq_(Tensor input, Scalar target) => input.eq_(target);
    public static Tensor ne(Tensor input, Tensor target) => input.ne(target);
    public static Tensor ne(Tensor input, Scalar target) => input.ne(target);
    public static Tensor ne_(Tensor input, Tensor target) => input.ne_(target);
    public static Tensor ne_(Tensor input, Scalar target) => input.ne_(target);
    public static Tensor lt(Tensor input, Tensor target) => input.lt(target);
    public static Tensor lt(Tensor input, Scalar target) => input.lt(target);
    public static Tensor lt_(Tensor input, Tensor target) => input.lt_(target);
    public static Tensor lt_(Tensor input, Scalar target) => input.lt_(target);
    public static Tensor le(Tensor input, Tensor target) => input.le(target);
    public static Tensor le(Tensor input, Scalar target) => input.le(target);
    public static Tensor le_(Tensor input, Tensor target) => input.le_(target);
    public static Tensor le_(Tensor input, Scalar target) => input.le_(target);
    public static Tensor gt(Tensor input, Tensor target) => input.gt(target);
    public static Tensor gt(Tensor input, Scalar target) => input.gt(target);
    public static Tensor gt_(Tensor input, Tensor target) => input.gt_(target);
    public static Tensor gt_(Tensor input, Scalar target) => input.gt_(target);
    public static Tensor ge(Tensor input, Tensor target) => input.ge(target);
    public static Tensor ge(Tensor input, Scalar target) => input.ge(target);
    public static Tensor ge_(Tensor input, Tensor target) => input.ge_(target);
    public static Tensor ge_(Tensor input, Scalar target) => input.ge_(target);
    public static Tensor isclose(Tensor input, Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false) =>
        input.isclose(other, rtol, atol, nanEqual);
    public static bool allclose(Tensor input, Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
        input.allclose(target, rtol, atol, equal_nan);
    public static Tensor equal(Tensor input, Tensor target) => input.equal(target);
    public static Tensor logical_and(Tensor input, Tensor other) => input.logical_and(other);
    public static Tensor logical_or(Tensor input, Tensor other) => input.logical_or(other);
    public static Tensor logical_xor(Tensor input, Tensor other) => input.logical_xor(other);
    public static Tensor logical_not(Tensor input) => input.logical_not();
    public static Tensor bitwise_and(Tensor input, Tensor other) => input.bitwise_and(other);
    public static Tensor bitwise_or(Tensor input, Tensor other) => input.bitwise_or(other);
    public static Tensor bitwise_xor(Tensor input, Tensor other) => input.bitwise_xor(other);
    public static Tensor bitwise_not(Tensor input) => input.bitwise_not();
    public static Tensor bitwise_left_shift(Tensor input, Tensor other) => input.bitwise_left_shift(other);
    public static Tensor bitwise_right_shift(Tensor input, Tensor other) => input.bitwise_right_shift(other);
    public static Tensor isin(Tensor input, Tensor test_elements, bool assumeUnique = false, bool invert = false) =>
        input.isin(test_elements, assumeUnique, invert);

    public static Tensor bernoulli(Tensor input, Generator? generator = null) => input.bernoulli(generator);
    public static Tensor multinomial(Tensor input, long num_samples, bool replacement = false, Generator? generator = null) =>
        input.multinomial(num_samples, replacement, generator);
    public static Tensor poisson(Tensor input, Generator? generator = null) => input.poisson(generator);
    public static Tensor dropout(Tensor input, double p = 0.5, bool training = true) => input.dropout(p, training);
}
