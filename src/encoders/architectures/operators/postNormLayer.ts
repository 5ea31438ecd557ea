import type { Activation, Norm } from "./operators.ts";

/** Names of one layer's weights, and what differs between encoders that normalise after each of a layer's two halves. */
export interface PostNormLayer {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOutput: string;
  readonly attentionNorm: Norm;
  readonly wide: string;
  readonly output: string;
  readonly outputNorm: Norm;
  readonly activation: Activation;
}
