import { ScidocsError } from "../../errors.ts";
import { firstNonFinite } from "../../tensorFiles/finite.ts";
import type { Parameters } from "../parameters.ts";
import type { TrainingState } from "./trainingState.ts";

/** What may help where numbers have grown without bound. */
export const calmer = "A smaller --lr, --clip 1 or a longer --warmup may help";

/**
 * Refuses a model to start from with numbers that are not finite, trained or frozen: where no text of the data touches them, they would
 * come to light when the first checkpoint is saved, and then be laid to the training.
 * @param init the start, as the user names it
 * @throws ScidocsError `BAD_INPUT` naming a weight
 */
export function requireFiniteStart({ all, value }: Parameters, init: string): void {
  const broken = all.find(({ name }) => firstNonFinite(value(name)) !== -1);
  if (broken === undefined) return;
  throw new ScidocsError(
    "BAD_INPUT",
    `--init ${init}: ${broken.name} has numbers that are not finite; start from a model without any`,
  );
}

/**
 * Refuses weights, or moments of the optimiser, that have become no numbers. The loss of the next batch would tell, but there may be none:
 * what is looked at and saved here is what comes out.
 * @throws ScidocsError `BAD_INPUT` naming the update and a weight
 */
export function requireFiniteWeights({ trainedWeights }: Parameters, { update }: TrainingState): void {
  const lost = trainedWeights.find(({ memory, at, count }) =>
    [at.weights, at.first, at.second].some((place) => !Number.isFinite(memory.kernel.sumOfSquares(place, count))),
  );
  if (lost === undefined) return;
  throw new ScidocsError(
    "BAD_INPUT",
    `update ${update}: numbers of ${lost.name}, or of its moments, are not finite. Training stops here and saves nothing of it; checkpoints that were saved before are whole. ${calmer}`,
  );
}
