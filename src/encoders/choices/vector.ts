import type { Declaration } from "../declared/declaration.ts";
import type { EncoderOptions } from "../encoder.ts";
import type { VectorStep } from "../vectorSteps.ts";

/**
 * What is done to a pooled vector: the folder's own steps, then what the flags ask for. A model that puts out whole vectors has done
 * the folder's steps itself, unless it is a graph of ours that pools and no more. A cut that is asked for stands for a declared one, and comes
 * before the last normalization, so that the shorter vector has length 1 too.
 */
export function chooseSteps(
  declaration: Declaration | null,
  pooling: string,
  options: Pick<EncoderOptions, "normalize" | "dimensions">,
): readonly VectorStep[] {
  const all = pooling === "model" || pooling === "words" ? [] : (declaration?.steps ?? []);
  const declared = options.dimensions === undefined ? all : all.filter(({ kind }) => kind !== "cut");
  const steps = options.normalize === false ? declared.filter(({ kind }) => kind !== "normalize") : [...declared];
  const normalized = steps.at(-1)?.kind === "normalize";
  const normalize = normalized || options.normalize === true;
  if (options.dimensions === undefined) return normalize && !normalized ? [...steps, { kind: "normalize" }] : steps;
  return [
    ...(normalized ? steps.slice(0, -1) : steps),
    { kind: "cut", dimensions: options.dimensions },
    ...(normalize ? [{ kind: "normalize" } as const] : []),
  ];
}
