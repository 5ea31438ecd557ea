import { microsoft } from "../../graph.ts";
import type { Node } from "../../model.ts";
import { broadcastDims, sumTo } from "../dims.ts";
import {
  type Dims,
  type GradientRule,
  input,
  integerAttribute,
  numberAttribute,
  onlyGradient,
  type RuleContext,
} from "../rule.ts";

const swapLast = (dims: Dims): Dims => [...dims.slice(0, -2), dims.at(-1) ?? 1, dims.at(-2) ?? 1];

/** How a product takes its two factors. */
interface Factors {
  readonly a: string;
  readonly b: string;
  readonly aDims: Dims;
  readonly bDims: Dims;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly alpha: number;
}

function factors({ node, dims }: RuleContext): Factors {
  const [a, b] = [input(node, 0), input(node, 1)];
  const [aDims, bDims] = [dims(a), dims(b)];
  if (aDims.length < 2 || bDims.length < 2) throw new RangeError(`${node.opType}: its factors must be matrices`);
  return {
    a,
    b,
    aDims,
    bDims,
    transA: integerAttribute(node, "transA", 0) === 1,
    transB: integerAttribute(node, "transB", 0) === 1,
    alpha: numberAttribute(node, "alpha", 1),
  };
}

function productDims({ aDims, bDims, transA, transB }: Factors): Dims {
  const left = transA ? swapLast(aDims) : aDims;
  const right = transB ? swapLast(bDims) : bDims;
  const batch = broadcastDims(left.slice(0, -2), right.slice(0, -2));
  return [...batch, left.at(-2) ?? 1, right.at(-1) ?? 1];
}

/** Multiplies two matrices as they stand or transposed. */
type Multiply = (a: string, transA: boolean, b: string, transB: boolean) => string;

/**
 * For y = A·B with A and B perhaps stored transposed: the gradient by A is g·Bᵀ and by B Aᵀ·g, each transposed again where its matrix
 * is. Written with transposing products, so that no large matrix is ever turned round by itself.
 */
function productGradients(of: Factors, gradient: string, multiply: Multiply): [() => string, () => string] {
  const { a, b, transA, transB } = of;
  return [
    () => (transA ? multiply(b, transB, gradient, true) : multiply(gradient, false, b, !transB)),
    () => (transB ? multiply(gradient, true, a, transA) : multiply(a, !transA, gradient, false)),
  ];
}

function batchedProduct(opType: string, domain: string): GradientRule {
  return {
    opType,
    domain,
    outputDims: (context) => [productDims(factors(context))],
    gradients(context, outputs) {
      const of = factors(context);
      const gradient = onlyGradient(outputs);
      const { graph, node } = context;
      if (integerAttribute(node, "transBatchA", 0) === 1 || integerAttribute(node, "transBatchB", 0) === 1) {
        throw new RangeError(`${opType}: transBatchA and transBatchB have no gradient rule`);
      }
      const multiply: Multiply = (a, transA, b, transB) =>
        !transA && !transB && of.alpha === 1
          ? graph.op("MatMul", [a, b])
          : graph.op("FusedMatMul", [a, b], {
              domain: microsoft,
              attributes: {
                transA: { int: transA ? 1 : 0 },
                transB: { int: transB ? 1 : 0 },
                alpha: { float: of.alpha },
              },
            });
      const [byA, byB] = productGradients(of, gradient, multiply);
      const batch = productDims(of).slice(0, -2);
      const whole = (dims: Dims): Dims => [...batch, ...dims.slice(-2)];
      return [
        () => sumTo(graph, byA(), whole(of.aDims), of.aDims),
        () => sumTo(graph, byB(), whole(of.bDims), of.bDims),
      ];
    },
  };
}

/** Products of matrices, over any leading axes. */
export const matMul: GradientRule = batchedProduct("MatMul", "");

/** ONNX Runtime's product that takes its factors transposed and scales the result. */
export const fusedMatMul: GradientRule = batchedProduct("FusedMatMul", microsoft);

/** Columns of a weight that are many beside its rows. */
const wide = 1024;

/**
 * Whether the gradient by a stored-transposed B, gᵀ·A, is quicker with g turned round first. The runtime's product turns its left factor
 * round anew for every stretch of columns: 12 % of its time where there are thousands, against one pass over a narrow g.
 */
function turnedFirst({ bDims, transA, transB }: Factors): boolean {
  const [rows, columns] = bDims;
  return (
    transB && !transA && typeof rows === "number" && typeof columns === "number" && columns >= Math.max(wide, 2 * rows)
  );
}

/** `alpha · A·B + beta · C` of matrices: a linear layer with its bias. */
export const gemm: GradientRule = {
  opType: "Gemm",
  outputDims: (context) => [productDims(factors(context))],
  gradients(context, outputs) {
    const of = factors(context);
    const gradient = onlyGradient(outputs);
    const { graph, node, dims } = context;
    refuseScaledBias(node);
    const multiply: Multiply = (a, transA, b, transB) =>
      graph.op("Gemm", [a, b], {
        attributes: {
          transA: { int: transA ? 1 : 0 },
          transB: { int: transB ? 1 : 0 },
          ...(of.alpha === 1 ? {} : { alpha: { float: of.alpha } }),
        },
      });
    const bias = node.inputs[2];
    const [byA, byB] = productGradients(of, gradient, multiply);
    const turned = (): string => graph.op("Transpose", [gradient], { attributes: { perm: { ints: [1, 0] } } });
    return [
      byA,
      turnedFirst(of) ? () => multiply(turned(), false, of.a, false) : byB,
      bias === undefined || bias === "" ? null : () => sumTo(graph, gradient, productDims(of), dims(bias)),
    ];
  },
};

function refuseScaledBias(node: Node): void {
  if (numberAttribute(node, "beta", 1) !== 1) throw new RangeError("Gemm: beta other than 1 has no gradient rule");
}
