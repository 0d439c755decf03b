namespace Lectern.KnowledgeGraphs;

/// <summary>A fact: the head stands in the relation to the tail.</summary>
/// <param name="Head">Number of an entity.</param>
/// <param name="Relation">Number of a relation.</param>
/// <param name="Tail">Number of an entity.</param>
public readonly record struct Triple(int Head, int Relation, int Tail);
