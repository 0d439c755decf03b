namespace TorchSharp;

/// <summary>
/// Owns the tensors that a thread makes while the scope is its innermost one, and disposes them with itself. Made by
/// <see cref="torch.NewDisposeScope"/>; scopes nest.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    private readonly DisposeScopeManager manager;
    private bool disposed;

    internal DisposeScope(DisposeScopeManager manager)
    {
        this.manager = manager;
        OuterScope = manager.Current;
    }

    internal DisposeScope? OuterScope { get; set; }

    // A list, as a tensor knows its place in it: to come and to go costs next to nothing, beside an operator's call too.
    private readonly List<IDisposable> owned = [];

    /// <summary>What the scope owns now, as a copy.</summary>
    public IReadOnlyList<IDisposable> DisposablesView
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return [.. owned];
        }
    }

    /// <summary>How many things the scope owns now.</summary>
    public int DisposablesCount
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return owned.Count;
        }
    }

    /// <summary>Hands a disposable to the outer scope; without one, to nobody.</summary>
    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveToOther(OuterScope, disposable);

    /// <inheritdoc cref="MoveToOuter{T}(T)"/>
    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        (MoveToOuter(first), MoveToOuter(second));

    /// <inheritdoc cref="MoveToOuter{T}(T)"/>
    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (MoveToOuter(first), MoveToOuter(second), MoveToOuter(third));

    /// <inheritdoc cref="MoveToOuter{T}(T)"/>
    public void MoveToOuter(params IDisposable[] disposables) => MoveToOuter((IEnumerable<IDisposable>)disposables);

    /// <inheritdoc cref="MoveToOuter{T}(T)"/>
    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(OuterScope, disposables);

    /// <summary>Hands a disposable to another scope; null hands it to nobody.</summary>
    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        if (scope is null) return Detach(disposable);
        ObjectDisposedException.ThrowIf(disposed, this);
        if (Remove(disposable)) scope.Add(disposable);
        return disposable;
    }

    /// <inheritdoc cref="MoveToOther{T}"/>
    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        // With the type named, here and below: overloads for several would be chosen otherwise, and call this one.
        foreach (var disposable in disposables) MoveToOther<IDisposable>(scope, disposable);
    }

    /// <summary>Takes a disposable out of all scopes: from now on whoever holds it disposes it.</summary>
    public T Detach<T>(T disposable) where T : IDisposable
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (Remove(disposable) && disposable is torch.Tensor) manager.Counts.TensorStatistics.DetachedFromScopeCount++;
        return disposable;
    }

    /// <inheritdoc cref="Detach{T}(T)"/>
    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        (Detach(first), Detach(second));

    /// <inheritdoc cref="Detach{T}(T)"/>
    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    /// <inheritdoc cref="Detach{T}(T)"/>
    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables) Detach<IDisposable>(disposable);
    }

    /// <summary>Takes a disposable into this scope, out of the one that owned it.</summary>
    public void Attach(IDisposable disposable)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (Contains(disposable)) return;
        if (disposable is torch.Tensor tensor)
        {
            tensor.OwningDisposeScope?.Remove(tensor);
            manager.Counts.TensorStatistics.AttachedToScopeCount++;
        }
        Add(disposable);
    }

    /// <inheritdoc cref="Attach(IDisposable)"/>
    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    /// <inheritdoc cref="Attach(IDisposable)"/>
    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        var all = disposables.ToList();
        all.ForEach(Attach);
        return all;
    }

    /// <summary>Disposes all that the scope owns; the scope itself lives on.</summary>
    public void DisposeEverything() => DisposeEverythingBut(Array.Empty<IDisposable>());

    /// <summary>Disposes all that the scope owns except what is named; the scope itself lives on.</summary>
    public void DisposeEverythingBut(IEnumerable<IDisposable> keep)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var kept = new HashSet<IDisposable>(keep, ReferenceEqualityComparer.Instance);
        foreach (var disposable in owned.ToArray())
        {
            if (kept.Contains(disposable)) continue;
            disposable.Dispose();
            Remove(disposable);
        }
    }

    /// <inheritdoc cref="DisposeEverythingBut(IEnumerable{IDisposable})"/>
    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    /// <inheritdoc cref="DisposeEverythingBut(IEnumerable{IDisposable})"/>
    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[keep]);
        return keep;
    }

    /// <inheritdoc cref="DisposeEverythingBut(IEnumerable{IDisposable})"/>
    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[first, second]);
        return (first, second);
    }

    /// <inheritdoc cref="DisposeEverythingBut(IEnumerable{IDisposable})"/>
    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[first, second, third]);
        return (first, second, third);
    }

    /// <summary>Whether the scope owns the disposable.</summary>
    public bool Contains(IDisposable disposable) => PlaceOf(disposable) >= 0;

    /// <summary>Tells the scope that a disposable of its was disposed elsewhere.</summary>
    public void MarkAsDisposed(IDisposable disposable) => Remove(disposable);

    /// <summary>Disposes all that the scope owns, and closes it.</summary>
    public void Dispose()
    {
        if (disposed) return;
        while (owned.Count > 0)
        {
            var last = owned[^1];
            owned.RemoveAt(owned.Count - 1);
            last.Dispose();
        }
        manager.Remove(this);
        disposed = true;
    }

    internal void Add(IDisposable disposable)
    {
        if (disposable is torch.Tensor tensor)
        {
            tensor.OwningDisposeScope = this;
            tensor.PlaceInScope = owned.Count;
        }
        owned.Add(disposable);
    }

    /// <summary>Lets a disposable go, if it is here; the last one takes its place.</summary>
    private bool Remove(IDisposable disposable)
    {
        int place = PlaceOf(disposable);
        if (disposable is torch.Tensor tensor && ReferenceEquals(tensor.OwningDisposeScope, this)) tensor.OwningDisposeScope = null;
        if (place < 0) return false;
        var last = owned[^1];
        owned[place] = last;
        if (last is torch.Tensor moved) moved.PlaceInScope = place;
        owned.RemoveAt(owned.Count - 1);
        return true;
    }

    private int PlaceOf(IDisposable disposable)
    {
        if (disposable is not torch.Tensor tensor) return owned.FindIndex(other => ReferenceEquals(other, disposable));
        int place = tensor.PlaceInScope;
        return place < owned.Count && ReferenceEquals(owned[place], tensor) ? place : -1;
    }
}

/// <summary>The dispose scopes of the current thread, and counts of what passed through them.</summary>
public sealed class DisposeScopeManager
{
    [ThreadStatic] private static DisposeScopeManager? ofThread;

    private DisposeScopeManager() { }

    internal static DisposeScopeManager OfThread => ofThread ??= new DisposeScopeManager();

    internal DisposeScope? Current { get; private set; }
    internal ThreadDisposeScopeStatistics Counts { get; } = new();

    /// <summary>Counts of tensors made and disposed on the current thread: the meter for leaks.</summary>
    public static ThreadDisposeScopeStatistics Statistics => OfThread.Counts;

    internal static DisposeScope NewDisposeScope() => OfThread.Current = new DisposeScope(OfThread);

    internal void Register(torch.Tensor made)
    {
        if (Current is null)
        {
            Counts.TensorStatistics.CreatedOutsideScopeCount++;
            return;
        }
        Counts.TensorStatistics.CreatedInScopeCount++;
        Current.Add(made);
    }

    internal void Remove(DisposeScope scope)
    {
        if (ReferenceEquals(Current, scope))
        {
            Current = scope.OuterScope;
            return;
        }
        for (var inner = Current; inner is not null; inner = inner.OuterScope)
        {
            if (!ReferenceEquals(inner.OuterScope, scope)) continue;
            inner.OuterScope = scope.OuterScope;
            return;
        }
    }
}

/// <summary>Counts of what passed through a thread's dispose scopes.</summary>
public sealed class ThreadDisposeScopeStatistics
{
    /// <summary>The counts for tensors.</summary>
    public LifetimeStatistics TensorStatistics { get; } = new();

    public long CreatedOutsideScopeCount => TensorStatistics.CreatedOutsideScopeCount;
    public long DisposedOutsideScopeCount => TensorStatistics.DisposedOutsideScopeCount;
    public long CreatedInScopeCount => TensorStatistics.CreatedInScopeCount;
    public long DisposedInScopeCount => TensorStatistics.DisposedInScopeCount;
    public long AttachedToScopeCount => TensorStatistics.AttachedToScopeCount;
    public long DetachedFromScopeCount => TensorStatistics.DetachedFromScopeCount;

    /// <summary>Tensors that the thread made and did not dispose yet.</summary>
    public long ThreadTotalLiveCount => TensorStatistics.ThreadTotalLiveCount;

    /// <summary>Sets all counts to zero.</summary>
    public void Reset() => TensorStatistics.Reset();

    /// <inheritdoc/>
    public override string ToString() => TensorStatistics.ToString();
}

/// <summary>Counts of how things of one kind came and went.</summary>
public sealed class LifetimeStatistics
{
    public long CreatedOutsideScopeCount { get; internal set; }
    public long DisposedOutsideScopeCount { get; internal set; }
    public long CreatedInScopeCount { get; internal set; }
    public long DisposedInScopeCount { get; internal set; }
    public long AttachedToScopeCount { get; internal set; }
    public long DetachedFromScopeCount { get; internal set; }

    /// <summary>Made and not disposed yet.</summary>
    public long ThreadTotalLiveCount =>
        CreatedInScopeCount - DisposedInScopeCount + CreatedOutsideScopeCount - DisposedOutsideScopeCount;

    /// <summary>Sets all counts to zero.</summary>
    public void Reset() => CreatedOutsideScopeCount = DisposedOutsideScopeCount = CreatedInScopeCount = DisposedInScopeCount =
        AttachedToScopeCount = DetachedFromScopeCount = 0;

    /// <inheritdoc/>
    public override string ToString() =>
        $"in scopes: {CreatedInScopeCount} made, {DisposedInScopeCount} disposed; outside: {CreatedOutsideScopeCount} made, "
        + $"{DisposedOutsideScopeCount} disposed; alive: {ThreadTotalLiveCount}";
}

public static partial class torch
{
    /// <summary>Opens a scope that disposes the tensors made in it; see <see cref="DisposeScope"/>.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.NewDisposeScope();

    /// <summary>Opens a scope, runs the function, closes the scope, and keeps the tensor that the function returns.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expression)
    {
        using var scope = NewDisposeScope();
        return expression().MoveToOuterDisposeScope();
    }
}
