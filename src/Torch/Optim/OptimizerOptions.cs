namespace TorchSharp.Modules;

/// <summary>The options of one parameter group; null means "as the optimizer has it".</summary>
public class OptimizerOptions
{
    /// <summary>The rate in use.</summary>
    public double? LearningRate { get; set; }

    /// <summary>The rate that schedules start from.</summary>
    public double InitialLearningRate { get; set; }

    /// <summary>Writes the options.</summary>
    public void SaveStateDict(BinaryWriter writer)
    {
        writer.Write(InitialLearningRate);
        writer.Write(LearningRate!.Value);
        Visit(new Writing(writer));
    }

    /// <summary>Reads the options that <see cref="SaveStateDict"/> wrote.</summary>
    public void LoadStateDict(BinaryReader reader)
    {
        InitialLearningRate = reader.ReadDouble();
        LearningRate = reader.ReadDouble();
        Visit(new Reading(reader));
    }

    /// <summary>Takes over another group's options.</summary>
    /// <exception cref="ArgumentException">The options are another optimizer's.</exception>
    public void LoadStateDict(OptimizerOptions source)
    {
        Require(source);
        InitialLearningRate = source.InitialLearningRate;
        LearningRate = source.LearningRate;
        var values = new Collecting();
        source.Visit(values);
        Visit(new Assigning(values.Values, onlyOpen: false));
    }

    /// <summary>Fills the options that are still open.</summary>
    internal void Default(OptimizerOptions defaults)
    {
        Require(defaults);
        LearningRate ??= defaults.LearningRate;
        InitialLearningRate = LearningRate!.Value;
        var values = new Collecting();
        defaults.Visit(values);
        Visit(new Assigning(values.Values, onlyOpen: true));
    }

    /// <summary>Shows each option to the visitor, in the order in which files have them.</summary>
    internal virtual void Visit(IOptionVisitor visitor)
    {
    }

    private void Require(OptimizerOptions other)
    {
        if (other.GetType() != GetType())
        {
            throw new ArgumentException(
                $"These options are {other.GetType().FullName}, but the optimizer takes "
                + $"{GetType().FullName}.");
        }
    }

    internal interface IOptionVisitor
    {
        void On(ref double? value);

        void On(ref bool? value);
    }

    private sealed class Writing(BinaryWriter writer) : IOptionVisitor
    {
        public void On(ref double? value) => writer.Write(value!.Value);

        public void On(ref bool? value) => writer.Write(value!.Value);
    }

    private sealed class Reading(BinaryReader reader) : IOptionVisitor
    {
        public void On(ref double? value) => value = reader.ReadDouble();

        public void On(ref bool? value) => value = reader.ReadBoolean();
    }

    private sealed class Collecting : IOptionVisitor
    {
        public Queue<object?> Values { get; } = new();

        public void On(ref double? value) => Values.Enqueue(value);

        public void On(ref bool? value) => Values.Enqueue(value);
    }

    private sealed class Assigning(Queue<object?> values, bool onlyOpen) : IOptionVisitor
    {
        public void On(ref double? value)
        {
            var next = (double?)values.Dequeue();
            value = onlyOpen ? value ?? next : next;
        }

        public void On(ref bool? value)
        {
            var next = (bool?)values.Dequeue();
            value = onlyOpen ? value ?? next : next;
        }
    }
}
