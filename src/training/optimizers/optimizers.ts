import { adamW, torchAdamW } from "./adamW.ts";
import { bertAdam } from "./bertAdam.ts";
import type { Optimizer } from "./optimizer.ts";

/** The optimisers that a training can use. */
export const optimizers: readonly Optimizer[] = [adamW, torchAdamW, bertAdam];
