import type { BertGeometry } from "../../encoders/architectures/bert/bertConfig.ts";

/** Layers of the network that is timed for a plan: an ordinary one and the last, which may be wanted for first tokens alone. */
export function measuredLayers({ layers }: Pick<BertGeometry, "layers">): number {
  return Math.min(2, layers);
}
