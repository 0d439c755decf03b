namespace Lectern.KnowledgeGraphs;

/// <summary>A number about an entity.</summary>
/// <param name="Entity">Number of the entity.</param>
/// <param name="Attribute">What the number says, such as <c>area</c>.</param>
/// <param name="Value">The value, in the attribute's own unit.</param>
public readonly record struct NumericFact(int Entity, string Attribute, double Value);
