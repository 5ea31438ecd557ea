import { groupsOf, type SuiteVectors } from "../scoreSuite.ts";
import { dimensionsOf, type ModelFacts, type SourceVectors, unknownModel, type VectorSource } from "../vectorSource.ts";

/**
 * Vectors that are in memory.
 * @param vectors by group of tasks; one table may stand in several groups, and a group without one leaves its tasks out
 * @param model its name, or all that is known of it
 */
export function tableSource(vectors: SuiteVectors, model: string | ModelFacts): VectorSource<null, SourceVectors> {
  return {
    needs: "ids",
    groups: groupsOf(vectors),
    stage: null,
    plan: async () => null,
    vectors: async () => ({ vectors, texts: null }),
    facts: () => (typeof model === "string" ? unknownModel(model, "vectors", dimensionsOf(vectors)) : model),
    settings: () => ({}),
    notes: () => [],
  };
}
