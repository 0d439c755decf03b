using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// What an optimizer remembers of one parameter: a count of steps, and tensors of its shape.
/// </summary>
/// <remarks>
/// The tensors belong to no dispose scope: they live until the optimizer is disposed. A file holds the count
/// (where the optimizer has one), the tensors that are always there, and each other one behind a byte that
/// says whether it is there.
/// </remarks>
public abstract class OptimizerState : IDisposable
{
    private readonly Tensor?[] slots;
    private readonly int always;
    private readonly bool counts;

    /// <summary>The parameter that the state belongs to.</summary>
    protected readonly Parameter _parameter;

    /// <summary>How many steps the parameter has seen; 0 where the optimizer does not count.</summary>
    public long step;

    /// <param name="parameter">The parameter.</param>
    /// <param name="counts">Whether files hold the count of steps.</param>
    /// <param name="always">How many of the tensors are there from the start.</param>
    /// <param name="optional">How many may be null; they follow the others.</param>
    private protected OptimizerState(Parameter parameter, bool counts, int always, int optional)
    {
        _parameter = parameter;
        this.counts = counts;
        this.always = always;
        slots = new Tensor?[always + optional];
    }

    /// <summary>Sets the state to what it is before the first step.</summary>
    public virtual void Initialize(OptimizerOptions options)
    {
        step = 0;
        for (var i = 0; i < slots.Length; i++)
        {
            Put(i, i < always ? zeros_like(_parameter) : null);
        }
    }

    /// <summary>Moves the state to a device.</summary>
    public void to(Device device)
    {
        for (var i = 0; i < slots.Length; i++)
        {
            // A tensor that is there already comes back as another handle on the same storage or as itself.
            if (slots[i] is { } tensor && tensor.device != device)
            {
                Put(i, tensor.to(device));
            }
        }
    }

    /// <summary>Writes the state.</summary>
    public virtual void SaveStateDict(BinaryWriter writer)
    {
        if (counts)
        {
            writer.Write(step);
        }
        for (var i = 0; i < slots.Length; i++)
        {
            if (i >= always)
            {
                writer.Write(slots[i] is not null);
            }
            slots[i]?.Save(writer);
        }
    }

    /// <summary>Reads the state that <see cref="SaveStateDict"/> wrote.</summary>
    public virtual void LoadStateDict(BinaryReader reader)
    {
        if (counts)
        {
            step = reader.ReadInt64();
        }
        for (var i = 0; i < slots.Length; i++)
        {
            if (i >= always && !reader.ReadBoolean())
            {
                Put(i, null);
                continue;
            }
            var loaded = TensorExtensionMethods.Load(reader);
            if (!loaded.shape.AsSpan().SequenceEqual(_parameter.shape))
            {
                var found = string.Join(", ", loaded.shape);
                loaded.Dispose();
                throw new ArgumentException(
                    $"The saved optimizer state has shape [{found}], but its parameter has shape "
                    + $"[{string.Join(", ", _parameter.shape)}]: is it another model's?");
            }
            var moves = loaded.device != _parameter.device;
            Put(i, moves ? loaded.to(_parameter.device, disposeAfter: true) : loaded);
        }
    }

    /// <summary>Takes over a copy of another state.</summary>
    /// <exception cref="ArgumentException">The state is another optimizer's.</exception>
    public virtual void LoadStateDict(OptimizerState source)
    {
        if (source.GetType() != GetType())
        {
            throw new ArgumentException(
                $"The state is a {source.GetType().FullName}, but the optimizer takes a "
                + $"{GetType().FullName}.");
        }
        step = source.step;
        for (var i = 0; i < slots.Length; i++)
        {
            Put(i, source.slots[i]?.to(_parameter.device, copy: true));
        }
    }

    /// <summary>Whether two states are equal up to rounding.</summary>
    public virtual bool ApproximatelyEquals(OptimizerState other) =>
        other.GetType() == GetType() && step == other.step && slots.Zip(other.slots).All(pair =>
            pair.First is null
                ? pair.Second is null
                : pair.Second is not null && pair.First.allclose(pair.Second));

    /// <summary>Releases the state's tensors.</summary>
    public void Dispose()
    {
        for (var i = 0; i < slots.Length; i++)
        {
            Put(i, null);
        }
        GC.SuppressFinalize(this);
    }

    private protected Tensor? Get(int slot) => slots[slot];

    /// <summary>Keeps a tensor beyond its dispose scope, and releases the one it replaces.</summary>
    private protected void Put(int slot, Tensor? tensor)
    {
        if (!ReferenceEquals(slots[slot], tensor))
        {
            slots[slot]?.Dispose();
            slots[slot] = tensor?.DetachFromDisposeScope();
        }
    }
}
