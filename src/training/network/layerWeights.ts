import type { TrainableLayer, TrainableLinear, TrainableNorm } from "../../encoders/architectures/trainable.ts";
import type { Numbers, NumbersByName } from "../../onnx/gradients/openPiece.ts";
import { gradientOf } from "../../onnx/gradients/piece.ts";
import type { NetworkWeights } from "./networkWeights.ts";

/** A weight of a piece: its name there, and where it is stored. */
interface PieceWeight {
  readonly local: string;
  readonly full: string;
  readonly part: NonNullable<TrainableLinear["part"]>;
}

const whole = { index: 0, of: 1 } as const;

function weightsOf(local: string, stored: TrainableLinear | TrainableNorm | null): PieceWeight[] {
  if (stored === null) return [];
  const part = ("part" in stored ? stored.part : undefined) ?? whole;
  return ["weight", ...(stored.bias ? ["bias"] : [])].map((kind) => ({
    local: `${local}.${kind}`,
    full: `${stored.name}.${kind}`,
    part,
  }));
}

/** The weights of a layer's pieces that have some. */
export function layerWeights(layer: TrainableLayer) {
  const { feedForward } = layer;
  return {
    project: [
      ...weightsOf("input.norm", layer.inputNorm),
      ...weightsOf("query", layer.query),
      ...weightsOf("key", layer.key),
      ...weightsOf("value", layer.value),
    ],
    merge: [
      ...weightsOf("attention.output", layer.attentionOutput),
      ...weightsOf("middle.norm", layer.middleNorm),
      ...weightsOf("curved", feedForward.curved),
      ...weightsOf("gate", feedForward.gate),
      ...weightsOf("output", feedForward.output),
      ...weightsOf("output.norm", layer.outputNorm),
    ],
  };
}

/** A part of an array whose first axis it divides, without a copy. */
function partOf(data: Float32Array, dims: readonly number[], { index, of }: PieceWeight["part"]): Numbers {
  const length = data.length / of;
  const [rows = 1, ...others] = dims;
  return { data: data.subarray(index * length, (index + 1) * length), dims: [rows / of, ...others] };
}

/** What a piece is given of weights. */
export function givenWeights(weights: NetworkWeights, of: readonly PieceWeight[]): NumbersByName {
  return Object.fromEntries(
    of.map(({ local, full, part }) => [local, partOf(weights.value(full), weights.dims(full), part)]),
  );
}

/**
 * Rooms for the gradients of a piece's weights.
 * @returns `targets` for its backward pass, and `done` for when they are written; a weight of several parts is handed on once
 */
export function gradientRooms(weights: NetworkWeights, of: readonly PieceWeight[]) {
  const places = new Map([...new Set(of.map(({ full }) => full))].map((full) => [full, weights.gradient(full)]));
  const targets: NumbersByName = Object.fromEntries(
    of.flatMap(({ local, full, part }) => {
      const place = places.get(full);
      return place === undefined ? [] : [[gradientOf(local), partOf(place.target, weights.dims(full), part)]];
    }),
  );
  return {
    targets,
    done: (): void => {
      for (const place of places.values()) place.done();
    },
  };
}
