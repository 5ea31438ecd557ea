import type { GradientRule } from "./rule.ts";
import { add, divide, multiply, subtract } from "./rules/arithmetic.ts";
import { erf, gelu, identity, quickGelu, tanh } from "./rules/curves.ts";
import { layerNormalization, softmax } from "./rules/normalizing.ts";
import { fusedMatMul, gemm, matMul } from "./rules/products.ts";
import { rotaryEmbedding } from "./rules/rotary.ts";
import { gather, reshape, transpose } from "./rules/shapes.ts";

/** The operators that can be differentiated. */
export const gradientRules: readonly GradientRule[] = [
  add,
  subtract,
  multiply,
  divide,
  identity,
  tanh,
  erf,
  gelu,
  quickGelu,
  matMul,
  fusedMatMul,
  gemm,
  reshape,
  transpose,
  gather,
  rotaryEmbedding,
  softmax,
  layerNormalization,
];
