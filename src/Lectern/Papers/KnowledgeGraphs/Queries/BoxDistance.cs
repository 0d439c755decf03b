using System.Numerics;
using System.Runtime.CompilerServices;
using Lectern.Training;

namespace Lectern.Papers.KnowledgeGraphs;

/// <summary>
/// How far entities are from boxes. With δ = |v - c|, the distance of a point v from a box of centre c and half-width h
/// is, summed over the dimensions, max(δ - h, 0) outside and α min(δ, h) inside: α δ + (1 - α) max(δ - h, 0).
/// </summary>
/// <remarks>A table of B × K × d numbers is never made: memory O(B K + n d), time O(B K d).</remarks>
internal sealed class BoxDistance : autograd.SingleTensorFunction<BoxDistance>
{
    /// <inheritdoc/>
    public override string Name => nameof(BoxDistance);

    /// <summary>Distances of entities from boxes.</summary>
    /// <param name="centre">[B, d].</param>
    /// <param name="half">Half-widths, not negative: [B, d]; null where boxes are points.</param>
    /// <param name="entities">[n, d].</param>
    /// <param name="candidates">Which entities for each box, int64: [B, K]; null for all.</param>
    /// <param name="alpha">α, what a way inside counts.</param>
    /// <returns>[B, K] or [B, n].</returns>
    internal static Tensor Of(Tensor centre, Tensor? half, Tensor entities, Tensor? candidates, double alpha) =>
        Kernels.OnCpu(entities) && entities.dtype == ScalarType.Float32
            ? apply(centre, half ?? zeros_like(centre), entities, candidates ?? (object)"all",
                half is null ? 1f : (float)alpha)
            : ByOperators(centre, half, entities, candidates, alpha);

    /// <summary>The same by torch's operators: any device, any precision, a table of B × K × d.</summary>
    internal static Tensor ByOperators(Tensor centre, Tensor? half, Tensor entities, Tensor? candidates, double alpha)
    {
        var among = candidates is null ? entities.unsqueeze(0) : entities[candidates];          // [1, n, d] or [B, K, d]
        var delta = (among - centre.unsqueeze(1)).abs();                                        // [B, K, d]
        return half is null
            ? delta.sum(-1)
            : alpha * delta.sum(-1) + (1 - alpha) * (delta - half.unsqueeze(1)).clamp_min(0).sum(-1);
    }

    /// <inheritdoc/>
    public override unsafe Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (centre, half) = (((Tensor)vars[0]).contiguous(), ((Tensor)vars[1]).contiguous());
        var (entities, candidates) = (((Tensor)vars[2]).contiguous(), (vars[3] as Tensor)?.contiguous());
        float alpha = (float)vars[4];
        ctx.save_for_backward(candidates is null ? [centre, half, entities] : [centre, half, entities, candidates]);
        ctx.save_data("alpha", alpha);
        int boxes = (int)centre.shape[0], d = (int)centre.shape[1];
        int count = (int)(candidates is null ? entities.shape[0] : candidates.shape[1]);
        var distances = empty(boxes, count);
        float* c = Kernels.Pointer<float>(centre), h = Kernels.Pointer<float>(half);
        float* e = Kernels.Pointer<float>(entities), to = Kernels.Pointer<float>(distances);
        long* which = candidates is null ? null : Kernels.Pointer<long>(candidates);
        Parallel.For(0, boxes, Kernels.Threads, box =>
        {
            for (long k = 0, at = (long)box * count; k < count; k++, at++)
                to[at] = Distance(e + (which is null ? k : which[at]) * d, c + (long)box * d, h + (long)box * d, d, alpha);
        });
        GC.KeepAlive(centre);
        GC.KeepAlive(half);
        GC.KeepAlive(entities);
        GC.KeepAlive(candidates);
        return distances;
    }

    /// <inheritdoc/>
    public override unsafe List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var (centre, half, entities) = (saved[0], saved[1], saved[2]);
        var candidates = saved.Count > 3 ? saved[3] : null;
        float alpha = (float)ctx.get_data("alpha")!;
        var given = grad_output.contiguous();
        var (ofCentre, ofHalf, ofEntities) = (zeros_like(centre), zeros_like(half), zeros_like(entities));
        int boxes = (int)centre.shape[0], d = (int)centre.shape[1], count = (int)given.shape[1];
        float* c = Kernels.Pointer<float>(centre), h = Kernels.Pointer<float>(half);
        float* e = Kernels.Pointer<float>(entities), g = Kernels.Pointer<float>(given);
        float* gc = Kernels.Pointer<float>(ofCentre), gh = Kernels.Pointer<float>(ofHalf);
        float* ge = Kernels.Pointer<float>(ofEntities);
        long* which = candidates is null ? null : Kernels.Pointer<long>(candidates);
        // Boxes share entities but no dimension shares anything with another: threads take dimensions.
        int lanes = Vector<float>.Count;
        int parts = Math.Clamp(Math.Min(get_num_threads(), d / (4 * lanes)), 1, 64);
        int wide = (d + parts - 1) / parts;
        Parallel.For(0, parts, part =>
        {
            int from = part * wide, length = Math.Min(wide, d - from);
            for (long box = 0; box < boxes; box++)
                for (long k = 0, at = box * count; k < count; k++, at++)
                {
                    if (g[at] == 0) continue;
                    long entity = which is null ? k : which[at], row = box * d + from;
                    Gradient(e + entity * d + from, c + row, h + row, ge + entity * d + from, gc + row, gh + row,
                        length, alpha, g[at]);
                }
        });
        GC.KeepAlive(given);
        GC.KeepAlive(saved);
        return [ofCentre, ofHalf, ofEntities, null!, null!];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe float Distance(float* v, float* c, float* h, int d, float alpha)
    {
        int lanes = Vector<float>.Count, at = 0;
        Vector<float> all = Vector<float>.Zero, outside = Vector<float>.Zero;
        for (; at + lanes <= d; at += lanes)
        {
            var delta = Vector.Abs(Vector.Load(v + at) - Vector.Load(c + at));
            all += delta;
            outside += Vector.Max(delta - Vector.Load(h + at), Vector<float>.Zero);
        }
        float sum = Vector.Sum(all), beyond = Vector.Sum(outside);
        for (; at < d; at++)
        {
            float delta = Math.Abs(v[at] - c[at]);
            sum += delta;
            beyond += Math.Max(delta - h[at], 0);
        }
        return alpha * sum + (1 - alpha) * beyond;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Gradient(float* v, float* c, float* h, float* gv, float* gc, float* gh, int d,
        float alpha, float g)
    {
        int lanes = Vector<float>.Count, at = 0;
        var (zero, far, near) = (Vector<float>.Zero, new Vector<float>(g), new Vector<float>(alpha * g));
        var shrink = new Vector<float>((alpha - 1) * g);
        for (; at + lanes <= d; at += lanes)
        {
            var difference = Vector.Load(v + at) - Vector.Load(c + at);
            var outside = Vector.GreaterThan(Vector.Abs(difference), Vector.Load(h + at));
            var slope = Vector.ConditionalSelect(outside, far, near);
            slope = Vector.ConditionalSelect(Vector.LessThan(difference, zero), -slope,
                Vector.ConditionalSelect(Vector.GreaterThan(difference, zero), slope, zero));
            Vector.Store(Vector.Load(gv + at) + slope, gv + at);
            Vector.Store(Vector.Load(gc + at) - slope, gc + at);
            Vector.Store(Vector.Load(gh + at) + Vector.ConditionalSelect(outside, shrink, zero), gh + at);
        }
        for (; at < d; at++)
        {
            float difference = v[at] - c[at];
            bool outside = Math.Abs(difference) > h[at];
            float slope = Math.Sign(difference) * g * (outside ? 1 : alpha);
            gv[at] += slope;
            gc[at] -= slope;
            if (outside) gh[at] += (alpha - 1) * g;
        }
    }
}
