using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp.Modules;

/// <summary>What all optimizers share: groups, states, saving and loading.</summary>
public abstract class OptimizerHelper : Optimizer
{
    private readonly Dictionary<Parameter, OptimizerState> states = new(ReferenceEqualityComparer.Instance);

    /// <summary>The options that a group takes where it names none.</summary>
    private protected readonly OptimizerOptions _defaults;

    private protected OptimizerHelper(OptimizerOptions defaults, IEnumerable<ParamGroup> groups)
    {
        _defaults = defaults;
        defaults.InitialLearningRate = defaults.LearningRate!.Value;
        foreach (var group in groups)
        {
            add_param_group(group);
        }
    }

    /// <summary>Options of the optimizer's own type, all open.</summary>
    private protected abstract OptimizerOptions NewOptions();

    /// <summary>A state of the optimizer's own type.</summary>
    private protected abstract OptimizerState NewState(Parameter parameter);

    /// <summary>
    /// Updates the parameters of one group. Gradients are off, and temporaries die afterwards.
    /// </summary>
    private protected abstract void Step(ParamGroup group);

    /// <inheritdoc/>
    public override Tensor? step(Func<Tensor>? closure = null)
    {
        Tensor? loss = null;
        if (closure is not null)
        {
            using var gradients = enable_grad();
            loss = closure();
        }
        using var none = no_grad();
        using var scope = NewDisposeScope();
        foreach (var group in _parameter_groups)
        {
            Step(group);
        }
        return loss;
    }

    /// <inheritdoc/>
    public override void zero_grad(bool set_to_none)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var dense = new List<Tensor>();
        foreach (var parameter in parameters())
        {
            if (parameter.grad is not { } gradient)
            {
                continue;
            }
            if (set_to_none)
            {
                parameter.grad = null;
            }
            else if (gradient.is_sparse)
            {
                gradient.zero_();
            }
            else
            {
                dense.Add(gradient);
            }
        }
        Foreach.Zero_([.. dense]);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The options are another optimizer's, or a parameter is in two groups.
    /// </exception>
    public override void add_param_group(ParamGroup param_group)
    {
        param_group.Options ??= NewOptions();
        param_group.Options.Default(_defaults);

        // A module's parameters() is enumerated afresh at each use; an optimizer keeps to those it was given.
        Parameter[] parameters = [.. param_group.Parameters];
        param_group.Parameters = parameters;
        foreach (var parameter in parameters)
        {
            if (states.ContainsKey(parameter))
            {
                throw new ArgumentException(
                    $"A parameter of shape [{string.Join(", ", parameter.shape)}] is given twice: "
                    + "each may be in one group of an optimizer only.");
            }
            var state = NewState(parameter);
            using (no_grad())
            {
                state.Initialize(param_group.Options);
            }
            states.Add(parameter, state);
        }
        _parameter_groups.Add(param_group);
    }

    /// <summary>The options and states, alive: they change with the next step.</summary>
    public StateDictionary state_dict()
    {
        var result = new StateDictionary();
        foreach (var group in _parameter_groups)
        {
            result.Options.Add(group.Options!);
            var places = new List<int>();
            foreach (var parameter in group.Parameters)
            {
                places.Add(result.State.Count);
                result.State.Add(states[parameter]);
            }
            result.StateIndexRef.Add(places);
        }
        return result;
    }

    /// <summary>Takes over a copy of another optimizer's options and states.</summary>
    /// <exception cref="ArgumentException">
    /// The number of groups or of parameters differs, or the kind of optimizer.
    /// </exception>
    public void load_state_dict(StateDictionary state_dict)
    {
        var own = this.state_dict();
        RequireCounts(own, state_dict.Options.Count, state_dict.State.Count);
        for (var i = 0; i < own.Options.Count; i++)
        {
            if (!ReferenceEquals(own.Options[i], state_dict.Options[i]))
            {
                own.Options[i].LoadStateDict(state_dict.Options[i]);
            }
        }
        for (var i = 0; i < own.State.Count; i++)
        {
            if (!ReferenceEquals(own.State[i], state_dict.State[i]))
            {
                own.State[i].LoadStateDict(state_dict.State[i]);
            }
        }
    }

    /// <summary>Saves options and states to a file, in TorchSharp's format.</summary>
    public void save_state_dict(string location)
    {
        using var stream = File.Create(location);
        using var writer = new BinaryWriter(stream);
        save_state_dict(writer);
    }

    /// <summary>Saves options and states, in TorchSharp's format.</summary>
    public void save_state_dict(BinaryWriter writer)
    {
        writer.Write(GetType().Name);
        var own = state_dict();
        writer.WriteCount(own.Options.Count);
        writer.WriteCount(own.State.Count);
        own.Options.ForEach(options => options.SaveStateDict(writer));
        own.State.ForEach(state => state.SaveStateDict(writer));
    }

    /// <summary>
    /// Loads what <see cref="save_state_dict(string)"/> saved; the next step is then the one that would have
    /// followed.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is another optimizer's.</exception>
    /// <exception cref="ArgumentException">
    /// The number of groups or parameters differs, or a shape.
    /// </exception>
    public void load_state_dict(string location)
    {
        using var stream = File.OpenRead(location);
        using var reader = new BinaryReader(stream);
        load_state_dict(reader);
    }

    /// <summary>Loads what <see cref="save_state_dict(BinaryWriter)"/> saved.</summary>
    /// <exception cref="InvalidDataException">The data are another optimizer's.</exception>
    /// <exception cref="ArgumentException">
    /// The number of groups or parameters differs, or a shape.
    /// </exception>
    public void load_state_dict(BinaryReader reader)
    {
        var name = reader.ReadString();
        if (name != GetType().Name)
        {
            throw new InvalidDataException(
                $"The saved optimizer state is of {name}, but this optimizer is {GetType().Name}: create a "
                + $"{name} to load it.");
        }
        var own = state_dict();
        var options = reader.ReadCount();
        RequireCounts(own, options, reader.ReadCount());
        using var none = no_grad();
        own.Options.ForEach(entry => entry.LoadStateDict(reader));
        own.State.ForEach(entry => entry.LoadStateDict(reader));
    }

    /// <summary>
    /// Moves the optimizer's state to a device, after its parameters were moved there in place.
    /// </summary>
    public void to(Device device)
    {
        foreach (var state in states.Values)
        {
            state.to(device);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var state in states.Values)
            {
                state.Dispose();
            }
        }
    }

    /// <summary>The parameters of a group that have a gradient, with gradient and state.</summary>
    private protected List<(Parameter Parameter, Tensor Gradient, TState State)> WithGradient<TState>(
        ParamGroup group)
        where TState : OptimizerState
    {
        var found = new List<(Parameter, Tensor, TState)>();
        foreach (var parameter in group.Parameters)
        {
            if (parameter.grad is { } gradient)
            {
                found.Add((parameter, gradient, (TState)states[parameter]));
            }
        }
        return found;
    }

    /// <summary>
    /// Counts a step for each parameter that has a gradient, and gives those parameters in batches of equal
    /// count: one batch as a rule, more where some parameters missed steps.
    /// </summary>
    /// <exception cref="InvalidOperationException">A gradient is sparse.</exception>
    private protected IEnumerable<Batch<TState>> DenseBatches<TState>(ParamGroup group)
        where TState : OptimizerState
    {
        var found = WithGradient<TState>(group);
        foreach (var (parameter, gradient, state) in found)
        {
            if (gradient.is_sparse)
            {
                throw new InvalidOperationException(
                    $"{GetType().Name} takes no sparse gradients, and the parameter of shape "
                    + $"[{string.Join(", ", parameter.shape)}] has one: use SGD or Adagrad, or Embedding "
                    + $"with sparse: false.");
            }
            state.step++;
        }
        return found.GroupBy(entry => entry.State.step).Select(entries => new Batch<TState>([.. entries]));
    }

    private static void RequireCounts(StateDictionary own, long groups, long parameters)
    {
        if (groups != own.Options.Count || parameters != own.State.Count)
        {
            throw new ArgumentException(
                $"The optimizer state has {groups} parameter groups with {parameters} parameters, but this "
                + $"optimizer has {own.Options.Count} with {own.State.Count}: it must be built over the same "
                + "model in the same way.");
        }
    }
}
