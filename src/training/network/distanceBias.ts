import type { TrainableEncoder } from "../../encoders/architectures/trainable.ts";
import { type AttentionBias, roomsByLength } from "./attentionBias.ts";
import type { NetworkWeights } from "./networkWeights.ts";
import type { Workspace } from "./workspace.ts";

/** Opens an encoder's bias by distance, in every layer from one table; null for an encoder without one. */
export function openDistanceBias(
  { distanceBias, geometry: { heads } }: TrainableEncoder,
  weights: NetworkWeights,
  workspace: Workspace,
): AttentionBias | null {
  if (distanceBias === null) return null;
  const { table, bucketOf } = distanceBias;
  const sums = new Float64Array(weights.value(table).length);
  const { begin, room } = roomsByLength(heads, "distance", workspace);

  /** Calls with every place in `[heads, asked, tokens]` and the place in the table that belongs to it. */
  const eachPlace = (tokens: number, firstOnly: boolean, visit: (at: number, inTable: number) => void): void => {
    const buckets = Int32Array.from({ length: 2 * tokens - 1 }, (_, index) => bucketOf(index - (tokens - 1)));
    const asked = firstOnly ? 1 : tokens;
    let at = 0;
    for (let head = 0; head < heads; head++) {
      for (let query = 0; query < asked; query++) {
        for (let key = 0; key < tokens; key++, at++) visit(at, (buckets[key - query + tokens - 1] ?? 0) * heads + head);
      }
    }
  };

  return {
    heads,
    begin(texts) {
      const biases = weights.value(table);
      for (const tokens of begin(texts)) {
        for (const firstOnly of [false, true]) {
          const { data } = room("bias", tokens, firstOnly);
          eachPlace(tokens, firstOnly, (at, inTable) => {
            data[at] = biases[inTable] ?? 0;
          });
        }
      }
    },
    of: (tokens, firstOnly) => room("bias", tokens, firstOnly),
    gradient: !weights.trained(table)
      ? null
      : {
          room: (tokens, firstOnly) => room("gradient", tokens, firstOnly),
          add(tokens, firstOnly) {
            const { data } = room("gradient", tokens, firstOnly);
            eachPlace(tokens, firstOnly, (at, inTable) => {
              sums[inTable]! += data[at] ?? 0;
            });
          },
          done() {
            const place = weights.gradient(table);
            place.target.set(sums);
            place.done();
            sums.fill(0);
          },
        },
  };
}
