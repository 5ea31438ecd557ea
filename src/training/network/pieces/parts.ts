import type { EncoderGeometry, TrainableLinear, TrainableNorm } from "../../../encoders/architectures/trainable.ts";
import type { GraphBuilder } from "../../../onnx/graph.ts";
import type { ValueInfo } from "../../../onnx/model.ts";
import type { DropoutSite } from "../networkWeights.ts";

/**
 * What every part of an encoder that training runs depends on. Texts lie packed, one behind the other, in matrices of one row a token; only
 * attention is run text by text. Weights have PyTorch's layout, `[out, in]`, so that they are saved as they stand.
 */
export interface PieceOptions {
  readonly geometry: EncoderGeometry;
  /** Whether gradients by the weights are wanted: not of a layer that is frozen. */
  readonly train: boolean;
  /** Whether gradients by what flows in are wanted: not below the lowest layer that is trained. */
  readonly passOn: boolean;
  /** Where outputs are dropped out: masks are then inputs. */
  readonly drops: readonly DropoutSite[];
}

export const float = (name: string, ...dims: (number | string)[]): ValueInfo => ({ name, dataType: "float32", dims });

export const names = (infos: readonly ValueInfo[]): string[] => infos.map(({ name }) => name);

/** Weight and bias of a linear layer, under a name of the piece's own. */
export function linearWeights(name: string, { bias }: Pick<TrainableLinear, "bias">, from: number, to: number) {
  return [float(`${name}.weight`, to, from), ...(bias ? [float(`${name}.bias`, to)] : [])];
}

/** Weight and bias of a norm; none where there is no norm. */
export function normWeights(name: string, norm: Pick<TrainableNorm, "bias"> | null, hidden: number): ValueInfo[] {
  if (norm === null) return [];
  return [float(`${name}.weight`, hidden), ...(norm.bias ? [float(`${name}.bias`, hidden)] : [])];
}

/** Adds a linear layer to a graph, under a name of the piece's own. */
export function linear(
  graph: GraphBuilder,
  input: string,
  name: string,
  { bias }: Pick<TrainableLinear, "bias">,
  output?: string,
): string {
  return graph.op("Gemm", [input, `${name}.weight`, ...(bias ? [`${name}.bias`] : [])], {
    attributes: { transB: { int: 1 } },
    ...(output === undefined ? {} : { name: output }),
  });
}

/**
 * Adds a norm of rows to a graph. Their means and inverse deviations come out beside them: the gradient wants both.
 * @param output name of what comes out
 */
export function normalize(
  graph: GraphBuilder,
  input: string,
  name: string,
  { epsilon, bias }: Pick<TrainableNorm, "epsilon" | "bias">,
  output: string,
): string {
  graph.split(
    "LayerNormalization",
    [input, `${name}.weight`, ...(bias ? [`${name}.bias`] : [])],
    [output, `${output}.mean`, `${output}.inverse_deviation`],
    { axis: { int: -1 }, epsilon: { float: epsilon } },
  );
  return output;
}

/** Name of a mask of dropout, as an input of the piece. */
export const maskOf = (site: DropoutSite): string => `${site}.mask`;

/** Masks that a piece takes, of some places. */
export function maskInputs(
  { drops }: Pick<PieceOptions, "drops">,
  sites: readonly (readonly [site: DropoutSite, ...dims: (number | string)[]])[],
): ValueInfo[] {
  return sites.flatMap(([site, ...dims]) => (drops.includes(site) ? [float(maskOf(site), ...dims)] : []));
}

/** What is left of a value behind a place of dropout. */
export function dropped(
  graph: GraphBuilder,
  { drops }: Pick<PieceOptions, "drops">,
  value: string,
  site: DropoutSite,
  output?: string,
): string {
  if (!drops.includes(site)) return value;
  return graph.op("Mul", [value, maskOf(site)], output === undefined ? {} : { name: output });
}
