using Lectern.Reproduction;

namespace Lectern.Tests.Reproduction;

public sealed class ShardTests
{
    [Theory]
    [InlineData("0/1", "")]
    [InlineData("0/1", "LECTERN_SHARDS=1")]
    [InlineData("2/4", "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=4")]
    [InlineData("1/4", "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1")]
    [InlineData("2/4", "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=2 LECTERN_SHARDS=4")]   // redone alone
    [InlineData("3/4", "JOB_COMPLETION_INDEX=3 LECTERN_SHARDS=4")]
    public void The_launchers_variables_name_the_part(string expected, string variables) =>
        Assert.Equal(expected, Of(null, variables).ToString());

    [Fact]
    public void The_option_goes_before_the_variables() =>
        Assert.Equal(new Shard(1, 2), Of("1/2", "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=4"));

    [Theory]
    [InlineData("SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=0", "SLURM_ARRAY_TASK_ID is 7, which is none of 3 parts", "--array=0-3")]
    [InlineData("SLURM_ARRAY_TASK_ID=4 LECTERN_SHARDS=4", "SLURM_ARRAY_TASK_ID is 4, which is none of 4 parts", "--array=0-3")]
    [InlineData("SLURM_ARRAY_TASK_ID=4", "none of 0 parts", "LECTERN_SHARDS")]
    [InlineData("SLURM_ARRAY_TASK_ID=x SLURM_ARRAY_TASK_COUNT=4", "SLURM_ARRAY_TASK_ID is 'x'", "whole number")]
    [InlineData("JOB_COMPLETION_INDEX=3", "JOB_COMPLETION_INDEX is 3", "set LECTERN_SHARDS to the job's completions")]
    [InlineData("LECTERN_SHARDS=4", "nothing says which part", "--shard I/4")]
    public void Variables_that_name_no_part_are_named_with_the_remedy(string variables, string what, string remedy)
    {
        string said = Assert.Throws<ArgumentException>(() => Of(null, variables)).Message;
        Assert.Contains(what, said);
        Assert.Contains(remedy, said);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("4/4")]
    [InlineData("-1/4")]
    [InlineData("0/0")]
    [InlineData("1/2/3")]
    public void An_option_that_is_no_part_is_named(string option) =>
        Assert.Contains($"not '{option}'", Assert.Throws<ArgumentException>(() => Of(option, "")).Message);

    [Fact]
    public void Every_run_is_of_one_part() =>
        Assert.All(Enumerable.Range(0, 24), number => Assert.Single(Enumerable.Range(0, 5), i => new Shard(i, 5).Has(number)));

    private static Shard Of(string? option, string variables)
    {
        var set = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('=')).ToDictionary(one => one[0], one => one[1]);
        return Shard.Of(option, name => set.GetValueOrDefault(name));
    }
}
