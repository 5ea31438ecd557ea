import { encoderDropoutSites, type TrainableEncoder } from "../../encoders/architectures/trainable.ts";
import type { DropoutSite } from "../network/networkWeights.ts";
import type { TrainingSettings } from "../settings.ts";

/** The share that is silenced at each place; 0 for none. */
export type DropoutShares = Readonly<Record<DropoutSite, number>>;

/** Which share stands where, in an encoder and behind it. */
export function dropoutShares(
  {
    hiddenDropout: hidden,
    attentionDropout: attention,
    vectorDropout: vector,
  }: Pick<TrainingSettings, "hiddenDropout" | "attentionDropout" | "vectorDropout">,
  { dropout: { sites } }: Pick<TrainableEncoder, "dropout">,
): DropoutShares {
  const shares: Record<DropoutSite, number> = { embeddings: 0, attention: 0, attended: 0, inner: 0, output: 0, vector };
  for (const site of encoderDropoutSites) {
    const kind = sites[site];
    if (kind !== null) shares[site] = kind === "hidden" ? hidden : attention;
  }
  return shares;
}
