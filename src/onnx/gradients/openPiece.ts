import { buildModel } from "../encode.ts";
import type { Model, ValueInfo } from "../model.ts";
import { runInto, withOutputsInPlace } from "../outputsInPlace.ts";
import { type InferenceSession, type Tensor, tensor } from "../runtime.ts";
import { openSession, type SessionOptions } from "../session.ts";
import { type PieceSpec, pieceModels } from "./piece.ts";

/** Numbers with their sizes; the runtime reads and writes the array itself, without a copy. */
export interface Numbers {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** Values by name. */
export type NumbersByName = Readonly<Record<string, Numbers>>;

/** A piece of a network that can be run. It must be closed. */
export interface OpenPiece {
  /** Values that `forward` gives to `backward`, beside the piece's outputs. */
  readonly kept: readonly ValueInfo[];
  /** Runs the piece and writes the named outputs into the given arrays; outputs that are not named are not kept. */
  readonly forward: (given: NumbersByName, outputs: NumbersByName) => Promise<void>;
  /** Runs it backward; `given` may hold more than is needed. */
  readonly backward: (given: NumbersByName, gradients: NumbersByName) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens a piece; each of its two sessions when it is first used. */
export function openPiece(spec: PieceSpec, options: SessionOptions): OpenPiece {
  const { forward, backward, kept } = pieceModels(spec);
  const [ahead, back] = [lazySession(forward, options), lazySession(backward, options)];
  return {
    kept,
    forward: ahead.run,
    backward: back.run,
    close: async () => {
      await ahead.close();
      await back.close();
    },
  };
}

function lazySession(model: Model, options: SessionOptions) {
  let opened: Promise<InferenceSession> | undefined;
  return {
    run: async (given: NumbersByName, outputs: NumbersByName): Promise<void> => {
      opened ??= openSession(buildModel(withOutputsInPlace(model)), options);
      const session = await opened;
      const feeds: Record<string, Tensor> = {};
      for (const { name } of model.inputs) {
        const numbers = given[name];
        if (numbers === undefined) throw new RangeError(`${model.name}: ${name} is not given`);
        feeds[name] = tensorOf(numbers);
      }
      await runInto(
        session,
        feeds,
        Object.fromEntries(Object.entries(outputs).map(([name, numbers]) => [name, tensorOf(numbers)])),
      );
    },
    close: async (): Promise<void> => {
      await (await opened)?.release();
    },
  };
}

function tensorOf({ data, dims }: Numbers): Tensor {
  return tensor("float32", data, dims);
}
