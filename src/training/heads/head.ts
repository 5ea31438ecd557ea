import type { PoolingMode } from "../../encoders/pooling.ts";
import type { SessionOptions } from "../../onnx/session.ts";
import type { EncoderNetwork, ForwardPass } from "../network/network.ts";
import type { NetworkWeights } from "../network/networkWeights.ts";

/** A weight that a head brings along, with sizes and first numbers for a checkpoint that lacks it. */
export interface HeadWeight {
  readonly name: string;
  readonly dims: readonly number[];
  /** `normal`: drawn with BERT's standard deviation; else every number is this. */
  readonly start: "normal" | number;
}

/** How the encoder's outputs become one vector a text, forward and backward. */
export interface VectorHead {
  readonly id: string;
  readonly description: string;
  /** Whether it takes the last layer at each text's first token only. */
  readonly firstOnly: boolean;
  readonly weights: (hidden: number, layers: number) => readonly HeadWeight[];
  /**
   * The pooling that a folder must declare so that its vectors are made as they were trained. Default: none, for a plain folder's vector
   * is the first token's.
   */
  readonly declares?: PoolingMode;
  readonly open: (network: EncoderNetwork, weights: NetworkWeights, session: SessionOptions) => OpenHead;
}

/** A head over an open network; it must be closed. */
export interface OpenHead {
  /** Vectors of the texts, row after row, in an array of their own. */
  readonly forward: (pass: ForwardPass) => Promise<Float32Array>;
  /**
   * Adds up the gradients of the head's own weights after `forward`.
   * @param seed the loss's derivative by the vectors
   * @returns what adds the derivative by a layer's output, as the network's backward pass asks for it
   */
  readonly backward: (
    pass: ForwardPass,
    seed: Float32Array,
  ) => Promise<(layer: number, gradient: Float32Array) => void>;
  readonly close: () => Promise<void>;
}
