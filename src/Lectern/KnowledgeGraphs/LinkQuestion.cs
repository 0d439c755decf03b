namespace Lectern.KnowledgeGraphs;

/// <summary>A triple with a gap: (entity, relation, ?), or (?, relation, entity).</summary>
/// <param name="Entity">Number of the entity that is given.</param>
/// <param name="Relation">Number of the relation.</param>
/// <param name="AsksHead">Whether the gap is the head; otherwise it is the tail.</param>
public readonly record struct LinkQuestion(int Entity, int Relation, bool AsksHead);
