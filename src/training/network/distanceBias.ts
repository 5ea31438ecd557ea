import type { TrainableEncoder } from "../../encoders/architectures/trainable.ts";
import type { Numbers } from "../../onnx/gradients/openPiece.ts";
import type { NetworkWeights } from "./networkWeights.ts";
import type { PackedTexts } from "./packedTexts.ts";
import type { Workspace } from "./workspace.ts";

/** What is added to attention's scores by the distance of two tokens, in every layer from one table, and the table's gradient. */
export interface DistanceBias {
  readonly trained: boolean;
  /** Looks up what a batch wants; before its forward pass. */
  readonly begin: (texts: PackedTexts) => void;
  /** `[heads, asked, tokens]` for a text of so many tokens, of which all ask or the first alone. */
  readonly of: (tokens: number, firstOnly: boolean) => Numbers;
  /** Room for the gradient of such a bias. */
  readonly gradient: (tokens: number, firstOnly: boolean) => Numbers;
  /** Adds what is in that room to the table's gradient. */
  readonly add: (tokens: number, firstOnly: boolean) => void;
  /** Hands on the table's gradient, and begins another. */
  readonly done: () => void;
}

/** Opens an encoder's bias by distance; null for an encoder without one. */
export function openDistanceBias(
  { distanceBias, geometry: { heads } }: TrainableEncoder,
  weights: NetworkWeights,
  workspace: Workspace,
): DistanceBias | null {
  if (distanceBias === null) return null;
  const { table, bucketOf } = distanceBias;
  const trained = weights.trained(table);
  const sums = new Float64Array(weights.value(table).length);

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
  const room = (name: string, tokens: number, firstOnly: boolean): Numbers => {
    const asked = firstOnly ? 1 : tokens;
    const data = workspace.take(`${name}.${asked}.${tokens}`, heads * asked * tokens);
    return { data, dims: [heads, asked, tokens] };
  };

  return {
    trained,
    begin({ starts, count }) {
      const biases = weights.value(table);
      const lengths = Array.from({ length: count }, (_, text) => (starts[text + 1] ?? 0) - (starts[text] ?? 0));
      for (const tokens of new Set(lengths)) {
        for (const firstOnly of [false, true]) {
          const { data } = room("bias", tokens, firstOnly);
          eachPlace(tokens, firstOnly, (at, inTable) => {
            data[at] = biases[inTable] ?? 0;
          });
        }
      }
    },
    of: (tokens, firstOnly) => room("bias", tokens, firstOnly),
    gradient: (tokens, firstOnly) => room("gradient.bias", tokens, firstOnly),
    add(tokens, firstOnly) {
      const { data } = room("gradient.bias", tokens, firstOnly);
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
  };
}
