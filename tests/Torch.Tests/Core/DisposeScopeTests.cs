using System.Runtime.CompilerServices;

namespace Torch.Tests.Core;

/// <summary>Who disposes a tensor, and when: TorchSharp's rules.</summary>
public sealed class DisposeScopeTests
{
    [Fact]
    public void Each_scope_disposes_what_was_made_in_it_and_nothing_else()
    {
        using var outside = ones(1);
        using var outer = NewDisposeScope();
        var a = ones(1);
        Tensor b;
        using (var inner = NewDisposeScope())
        {
            b = ones(1);
            Assert.True(inner.Contains(b));
            Assert.False(inner.Contains(a));
            Assert.Equal(1, inner.DisposablesCount);
        }
        Assert.True(b.IsInvalid);
        Assert.False(a.IsInvalid);
        Assert.Same(a, Assert.Single(outer.DisposablesView));
        outer.Dispose();
        Assert.True(a.IsInvalid);
        Assert.False(outside.IsInvalid);
    }

    [Fact]
    public void Moving_out_climbs_one_scope_at_a_time_and_then_leaves_them_all()
    {
        Tensor a, b, c;
        using (var outer = NewDisposeScope())
        {
            using (var inner = NewDisposeScope())
            {
                (a, b) = inner.MoveToOuter(ones(1), ones(1));
                c = ones(1).MoveToOuterDisposeScope();
                Assert.True(outer.Contains(a) && outer.Contains(b) && outer.Contains(c));
            }
            Assert.Equal(3, outer.DisposablesCount);
            a.MoveToOuterDisposeScope();
        }
        Assert.False(a.IsInvalid);
        Assert.True(b.IsInvalid && c.IsInvalid);
        a.Dispose();
    }

    [Fact]
    public void Several_leave_a_scope_at_once()
    {
        using var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        var made = Enumerable.Range(0, 9).Select(_ => ones(1)).ToArray();
        inner.MoveToOuter(made[0], made[1], made[2]);
        inner.MoveToOuter(new IDisposable[] { made[3] });
        inner.MoveToOther(outer, made[4]);
        inner.MoveToOther(outer, (IEnumerable<IDisposable>)[made[4]]);
        inner.MoveToOuter((IEnumerable<IDisposable>)[made[4]]);
        inner.Detach(made[5], made[6]);
        inner.Detach((IEnumerable<IDisposable>)made[7..8]);
        inner.Detach(Array.Empty<IDisposable>());
        Assert.Equal(1, inner.DisposablesCount);
        inner.Dispose();
        Assert.Equal(Enumerable.Range(0, 9).Select(k => k == 8), made.Select(tensor => tensor.IsInvalid));
        Assert.Equal(5, outer.DisposablesCount);
        foreach (var tensor in made[5..8]) tensor.Dispose();
    }

    [Fact]
    public void A_detached_tensor_outlives_all_scopes_until_it_is_attached_again()
    {
        Tensor kept;
        using (NewDisposeScope()) kept = ones(1).DetachFromDisposeScope();
        Assert.False(kept.IsInvalid);
        using (var scope = NewDisposeScope())
        {
            scope.Attach(kept);
            scope.Attach(kept, kept);
            Assert.Same(kept, Assert.Single(scope.Attach((IEnumerable<IDisposable>)[kept])));
            Assert.Equal(1, scope.DisposablesCount);
        }
        Assert.True(kept.IsInvalid);
    }

    [Fact]
    public void Attaching_takes_a_tensor_from_the_scope_that_had_it()
    {
        using var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        var a = ones(1);
        outer.Attach(a);
        inner.Dispose();
        Assert.False(a.IsInvalid);
        Assert.True(outer.Contains(a));
    }

    [Fact]
    public void A_tensor_moves_to_the_scope_of_another()
    {
        using var outer = NewDisposeScope();
        var host = ones(1);
        Tensor guest, free = ones(1).DetachFromDisposeScope();
        using (NewDisposeScope())
        {
            guest = ones(1).MoveToOtherDisposeScope(host);
            free.MoveToOtherDisposeScope(host);
            free.MoveToOtherDisposeScope(outer);
        }
        Assert.True(outer.Contains(guest) && outer.Contains(free));
        Assert.False(guest.IsInvalid);
    }

    [Fact]
    public void All_but_some_can_be_disposed_while_the_scope_stays_open()
    {
        using var scope = NewDisposeScope();
        Tensor a = ones(1), b = ones(1), c = ones(1), d = ones(1);
        var e = ones(1);
        scope.DisposeEverythingBut(a, b, d);
        Assert.True(c.IsInvalid && e.IsInvalid);
        scope.DisposeEverythingBut((IEnumerable<IDisposable>)[a, b]);
        scope.DisposeEverythingBut(new IDisposable[] { a, b });
        scope.DisposeEverythingBut(a, b);
        Assert.Equal([false, false, true, true], new[] { a, b, c, d }.Select(tensor => tensor.IsInvalid));
        scope.DisposeEverythingBut(b);
        Assert.True(a.IsInvalid);
        Assert.Equal(1, scope.DisposablesCount);
        scope.DisposeEverything();
        Assert.Equal(0, scope.DisposablesCount);
        var later = ones(1);
        Assert.True(scope.Contains(later));
    }

    [Fact]
    public void Scopes_may_end_out_of_order()
    {
        var outer = NewDisposeScope();
        var a = ones(1);
        var middle = NewDisposeScope();
        var inner = NewDisposeScope();
        var c = ones(1);
        middle.Dispose();
        inner.MoveToOuter(c);
        Assert.True(outer.Contains(c));
        outer.Dispose();
        Assert.True(a.IsInvalid && c.IsInvalid);
        var d = ones(1);
        Assert.True(inner.Contains(d));
        inner.Dispose();
        Assert.True(d.IsInvalid);
        using var e = ones(1);
        Assert.Equal(1, e.shape[0]);
    }

    [Fact]
    public void A_closed_scope_refuses_work_and_closes_twice_in_peace()
    {
        using var a = ones(1);
        var scope = NewDisposeScope();
        scope.Dispose();
        scope.Dispose();
        Assert.Throws<ObjectDisposedException>(() => scope.Attach(a));
        Assert.Throws<ObjectDisposedException>(() => scope.Detach(a));
        Assert.Throws<ObjectDisposedException>(() => scope.MoveToOuter(a));
        Assert.Throws<ObjectDisposedException>(() => scope.DisposeEverything());
        Assert.Throws<ObjectDisposedException>(() => scope.DisposablesCount);
    }

    [Fact]
    public void The_thread_counts_what_is_made_disposed_attached_and_detached()
    {
        var counts = DisposeScopeManager.Statistics;
        counts.Reset();
        var outside = ones(1);
        Tensor left, attached = ones(1);
        using (var scope = NewDisposeScope())
        {
            ones(1);
            left = scope.Detach(ones(1));
            var alsoLeft = ones(1).MoveToOuterDisposeScope();
            scope.Attach(attached);
            scope.Attach(alsoLeft);
        }
        outside.Dispose();
        Assert.Equal((2, 3), (counts.CreatedOutsideScopeCount, counts.CreatedInScopeCount));
        Assert.Equal((1, 3), (counts.DisposedOutsideScopeCount, counts.DisposedInScopeCount));
        Assert.Equal((2, 2), (counts.AttachedToScopeCount, counts.DetachedFromScopeCount));
        Assert.Equal(1, counts.ThreadTotalLiveCount);
        left.Dispose();
        Assert.Equal(0, counts.TensorStatistics.ThreadTotalLiveCount);
        left.Dispose();
        Assert.Equal(0, counts.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_thread_has_scopes_of_its_own()
    {
        using var scope = NewDisposeScope();
        Tensor made = null!, scoped = null!;
        var thread = new Thread(() =>
        {
            made = ones(1);
            using (NewDisposeScope()) scoped = ones(1);
        });
        thread.Start();
        thread.Join();
        Assert.True(scoped.IsInvalid);
        Assert.False(scope.Contains(made));
        scope.Attach(made);
        scope.Dispose();
        Assert.True(made.IsInvalid);
    }

    [Fact]
    public void The_wrapping_form_keeps_its_result_only()
    {
        using var outer = NewDisposeScope();
        var result = WrappedTensorDisposeScope(() => ones(2) + ones(2));
        Assert.Equal(1, outer.DisposablesCount);
        Assert.Equal(4, result.sum().ToDouble());
    }

    [Fact]
    public void The_garbage_collector_frees_what_nobody_disposed()
    {
        Collect();
        long before = Tensor.TotalCount;
        Abandon(200);
        Collect();
        Assert.True(Tensor.TotalCount - before < 20);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Abandon(int count)
    {
        long before = Tensor.TotalCount;
        var kept = Enumerable.Range(0, count).Select(_ => ones(1)).ToList();
        Assert.True(Tensor.TotalCount - before > count - 20);
        GC.KeepAlive(kept);
    }

    private static void Collect()
    {
        for (int round = 0; round < 3; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
