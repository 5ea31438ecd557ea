import type { TrainableEncoder } from "../../encoders/architectures/trainable.ts";
import type { AttentionBias } from "./attentionBias.ts";
import { attentionWindow } from "./attentionWindow.ts";
import { openDistanceBias } from "./distanceBias.ts";
import type { NetworkWeights } from "./networkWeights.ts";
import type { PackedTexts } from "./packedTexts.ts";
import type { Workspace } from "./workspace.ts";

/** Opens what an encoder adds to attention's scores. */
export function openAttentionBiases(encoder: TrainableEncoder, weights: NetworkWeights, workspace: Workspace) {
  const distance = openDistanceBias(encoder, weights, workspace);
  const reaches = new Set(encoder.layers.flatMap(({ attention: { reach } }) => (reach === null ? [] : [reach])));
  if (distance !== null && reaches.size > 0) throw new RangeError("a bias by distance and a window are not built");
  const windows = new Map([...reaches].map((reach) => [reach, attentionWindow(reach, workspace)]));
  const all = [...windows.values(), ...(distance === null ? [] : [distance])];
  return {
    begin: (texts: PackedTexts): void => {
      for (const bias of all) bias.begin(texts);
    },
    /** That of a layer; null where nothing is added. */
    of: (layer: number): AttentionBias | null =>
      distance ?? windows.get(encoder.layers[layer]?.attention.reach ?? Number.NaN) ?? null,
    done: (): void => distance?.gradient?.done(),
  };
}
