using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Losses of predictions against targets: x input, t target, w weight; averaged over the elements
        // unless said otherwise.
        public static partial class functional
        {
            /// <summary>
            /// −log softmax(x)[t], averaged by the classes' weights; x [N, C, ...], t [N, ...] classes or [N,
            /// C, ...] shares.
            /// </summary>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null,
                long ignore_index = -100, Reduction reduction = Reduction.Mean,
                double label_smoothing = 0.0) =>
                Op.Call("cross_entropy_loss", input, target, weight, (long)reduction, ignore_index,
                    label_smoothing);

            /// <summary>
            /// −x[t] for log-probabilities x [N, C, ...], averaged by the classes' weights.
            /// </summary>
            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null,
                Reduction reduction = Reduction.Mean) =>
                Op.Call("nll_loss_nd", input, target, weight, (long)reduction);

            /// <summary>−w (t log x + (1 − t) log(1 − x)).</summary>
            public static Tensor binary_cross_entropy(Tensor input, Tensor target, Tensor? weight = null,
                Reduction reduction = Reduction.Mean) =>
                Op.Call("binary_cross_entropy", input, target, weight, (long)reduction);

            /// <summary>
            /// Binary cross-entropy of σ(x), without overflow; pos_weights multiply the positives' term.
            /// </summary>
            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target,
                Tensor? weight = null, Reduction reduction = Reduction.Mean, Tensor? pos_weights = null) =>
                Op.Call("binary_cross_entropy_with_logits", input, target, weight, pos_weights,
                    (long)reduction);

            /// <summary>(x − t)².</summary>
            public static Tensor mse_loss(Tensor input, Tensor target,
                Reduction reduction = Reduction.Mean) =>
                Op.Call("mse_loss", input, target, (long)reduction);

            /// <summary>|x − t|.</summary>
            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Op.Call("l1_loss", input, target, (long)reduction);

            /// <summary>d²/(2β) for d = |x − t| below β, else d − β/2.</summary>
            public static Tensor smooth_l1_loss(Tensor input, Tensor target,
                Reduction reduction = Reduction.Mean, double beta = 1.0) =>
                beta == 0 ? l1_loss(input, target, reduction)
                    : Op.Call("smooth_l1_loss", input, target, (long)reduction, beta);

            /// <summary>d²/2 for d = |x − t| below δ, else δ(d − δ/2).</summary>
            public static Tensor huber_loss(Tensor input, Tensor target, double delta = 1.0,
                Reduction reduction = Reduction.Mean) =>
                Op.Call("huber_loss", input, target, (long)reduction, delta);

            /// <summary>
            /// t (log t − x) for log-probabilities x; the target is logarithms too unless log_target is
            /// false.
            /// </summary>
            public static Tensor kl_div(Tensor input, Tensor target, bool log_target = true,
                Reduction reduction = Reduction.Mean) =>
                Op.Call("kl_div", input, target, (long)reduction, log_target);

            /// <summary>log(1 + e^(−t x)), t of 1 and −1.</summary>
            public static Tensor soft_margin_loss(Tensor input, Tensor target,
                Reduction reduction = Reduction.Mean) =>
                Op.Call("soft_margin_loss", input, target, (long)reduction);

            /// <summary>x where t is 1, max(0, margin − x) where it is −1.</summary>
            public static Tensor hinge_embedding_loss(Tensor input, Tensor target, double margin = 0.0,
                Reduction reduction = Reduction.Mean) =>
                Op.Call("hinge_embedding_loss", input, target, margin, (long)reduction);

            /// <summary>1 − cos(x1, x2) where t is 1, max(0, cos − margin) where it is −1.</summary>
            public static Tensor cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target,
                double margin = 0.0, Reduction reduction = Reduction.Mean) =>
                Op.Call("cosine_embedding_loss", input1, input2, target, margin, (long)reduction);

            /// <summary>max(0, −t (x1 − x2) + margin).</summary>
            public static Tensor margin_ranking_loss(Tensor input1, Tensor input2, Tensor target,
                double margin = 0.0, Reduction reduction = Reduction.Mean) =>
                Op.Call("margin_ranking_loss", input1, input2, target, margin, (long)reduction);

            /// <summary>Σ over wrong classes of max(0, margin − x[t] + x[i])ᵖ / C.</summary>
            public static Tensor multi_margin_loss(Tensor input, Tensor target, int p = 1,
                double margin = 1.0, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                Op.Call("multi_margin_loss", input, target, p, margin, weight, (long)reduction);

            /// <summary>
            /// The hinge between each right and each wrong class; targets are classes, ended by −1.
            /// </summary>
            public static Tensor multi_label_margin_loss(Tensor input, Tensor target,
                Reduction reduction = Reduction.Mean) =>
                Op.Call("multilabel_margin_loss", input, target, (long)reduction);

            /// <summary>Binary cross-entropy of σ(x), averaged over the classes: [N, C].</summary>
            public static Tensor multilabel_soft_margin_loss(Tensor input, Tensor target,
                Tensor? weight = null, Reduction reduction = Reduction.Mean)
            {
                using var scope = NewDisposeScope();
                var each = binary_cross_entropy_with_logits(input, target, weight, Reduction.None);
                return Reduce(Op.Call("mean.dim", each, new long[] { -1 }),
                    reduction).MoveToOuterDisposeScope();
            }

            /// <summary>
            /// eˣ − t x, or x − t log(x + eps) where x is no logarithm; full adds Stirling's term.
            /// </summary>
            public static Tensor poisson_nll_loss(Tensor input, Tensor target, bool log_input = true,
                bool full = false, float eps = 1e-8f, Reduction reduction = Reduction.Mean) =>
                Op.Call("poisson_nll_loss", input, target, log_input, full, (double)eps, (long)reduction);

            /// <summary>½ (log v + (x − t)²/v) for variances v of at least eps; full adds ½ log 2π.</summary>
            /// <remarks>
            /// Averaged over all elements as in PyTorch (TorchSharp adds up each sample's elements first).
            /// </remarks>
            public static Tensor gaussian_nll_loss(Tensor input, Tensor target, Tensor variance,
                bool full = false, float eps = 1e-6f, Reduction reduction = Reduction.Mean)
            {
                using var scope = NewDisposeScope();
                Tensor v = variance.clone();
                using (no_grad()) Op.Run("clamp_min_", v, (double)eps);
                var loss = (Op.Call("log", v) + (input - target).pow(2) / v) * 0.5;
                if (full) loss = loss + 0.5 * Math.Log(2 * Math.PI);
                return Reduce(loss, reduction).MoveToOuterDisposeScope();
            }

            /// <summary>
            /// max(0, ‖a − p‖ − ‖a − n‖ + margin); swap takes p − n where it is nearer than a − n.
            /// </summary>
            public static Tensor triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative,
                double margin = 1.0, long p = 2, double eps = 1e-06, bool swap = false,
                Reduction reduction = Reduction.Mean) =>
                Op.Call("triplet_margin_loss", anchor, positive, negative, margin, (double)p, eps, swap,
                    (long)reduction);

            /// <summary>The triplet loss with a distance of one's own (else Euclidean).</summary>
            public static Tensor triplet_margin_with_distance_loss(Tensor anchor, Tensor positive,
                Tensor negative, Func<Tensor, Tensor, Tensor>? distance = null, double margin = 1.0,
                bool swap = false, Reduction reduction = Reduction.Mean)
            {
                using var scope = NewDisposeScope();
                distance ??= (a, b) => pairwise_distance(a, b);
                var near = distance(anchor, positive);
                var far = distance(anchor, negative);
                if (swap) far = Op.Call("minimum", far, distance(positive, negative));
                return Reduce(Op.Call("clamp_min", near - far + margin, 0),
                    reduction).MoveToOuterDisposeScope();
            }

            /// <summary>
            /// Connectionist temporal classification (Graves et al. 2006): log-probabilities [T, N, C],
            /// targets [N, S].
            /// </summary>
            public static Tensor ctc_loss(Tensor log_probs, Tensor targets, Tensor input_lengths,
                Tensor target_lengths, long blank = 0, bool zero_infinity = false,
                Reduction reduction = Reduction.Mean) =>
                Op.Call("ctc_loss.Tensor", log_probs, targets, input_lengths, target_lengths, blank,
                    (long)reduction, zero_infinity);

            private static Tensor Reduce(Tensor losses, Reduction reduction) => reduction switch
            {
                Reduction.Mean => Op.Call("mean", losses),
                Reduction.Sum => Op.Call("sum", losses),
                _ => losses,
            };
        }
    }
}
