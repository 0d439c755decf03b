namespace TorchSharp.Modules;

/// <summary>Parameters that share options.</summary>
public class ParamGroup : torch.optim.ILearningRateController
{
    /// <summary>The parameters of the group.</summary>
    public IEnumerable<Parameter> Parameters { get; set; } = [];

    /// <summary>
    /// The group's options; null until the group is added to an optimizer, if none were given.
    /// </summary>
    public OptimizerOptions? Options { get; set; }

    /// <inheritdoc/>
    public double LearningRate
    {
        get => Set.LearningRate ?? throw new InvalidOperationException("The group has no learning rate yet.");
        set => Set.LearningRate = value;
    }

    /// <inheritdoc/>
    public double InitialLearningRate
    {
        get => Set.InitialLearningRate;
        set => Set.InitialLearningRate = value;
    }

    private protected OptimizerOptions Set => Options ?? throw new InvalidOperationException(
        "The parameter group has no options: give it some, or add it to an optimizer first.");
}

/// <summary>Parameters that share options of one optimizer.</summary>
public class ParamGroup<TOptions> : ParamGroup
    where TOptions : OptimizerOptions
{
    /// <summary>An empty group.</summary>
    public ParamGroup()
    {
    }

    /// <summary>A group of these parameters.</summary>
    public ParamGroup(IEnumerable<Parameter> parameters, TOptions? options = null)
    {
        Parameters = parameters;
        base.Options = options;
    }

    /// <summary>The group's options.</summary>
    public new TOptions Options
    {
        get => (TOptions)Set;
        set => base.Options = value;
    }
}
