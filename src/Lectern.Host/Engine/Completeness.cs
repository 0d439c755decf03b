namespace Lectern.Host.Engine;

/// <summary>Whether a cell can be run as it stands; a console front end asks at each line break.</summary>
/// <param name="Status"><c>complete</c>, <c>incomplete</c>, <c>invalid</c> or <c>unknown</c>.</param>
/// <param name="Indent">What the next line should begin with, where the cell is incomplete.</param>
internal sealed record Completeness(string Status, string Indent);
