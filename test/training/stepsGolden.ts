import { readFileSync } from "node:fs";
import { trainableBert } from "../../src/encoders/architectures/bert/bert.ts";
import type { BertGeometry } from "../../src/encoders/architectures/bert/bertConfig.ts";
import { readBertConfig } from "../../src/encoders/architectures/bert/bertConfig.ts";
import type { EncodedPaper } from "../../src/encoders/text/encodedPaper.ts";
import { readSafetensors } from "../../src/tensorFiles/safetensors.ts";
import { readFloat32 } from "../../src/tensorFiles/storedTensor.ts";
import type { VectorHead } from "../../src/training/heads/head.ts";
import { openNetwork } from "../../src/training/network/network.ts";
import { openParameters } from "../../src/training/parameters.ts";
import { sharedPath } from "../shared.ts";

export const stepsPath = (name: string): string => sharedPath(`goldens/training/steps/${name}`);

interface GoldenPaper {
  readonly title: string;
  readonly abstract: string;
  readonly hf_ids: readonly number[];
  readonly original_ids: readonly number[];
  readonly original_last: readonly number[];
  readonly original_first: readonly number[];
}

export interface GoldenTriplet {
  readonly query: GoldenPaper;
  readonly pos: GoldenPaper;
  readonly neg: GoldenPaper;
}

/** The ten micro-batches of three triplets. */
export function goldenBatches(): readonly (readonly GoldenTriplet[])[] {
  return JSON.parse(readFileSync(stepsPath("batches.json"), "utf8")).micro_batches;
}

/** Query, positive, negative of each triplet. */
export function goldenTexts(triplets: readonly GoldenTriplet[], recipe: "hf" | "last" | "first"): EncodedPaper[] {
  return triplets.flatMap(({ query, pos, neg }) =>
    [query, pos, neg].map((paper) =>
      recipe === "hf"
        ? { ids: paper.hf_ids, positions: null, truncated: false }
        : {
            ids: paper.original_ids,
            positions: recipe === "last" ? paper.original_last : paper.original_first,
            truncated: false,
          },
    ),
  );
}

export function goldenGeometry(): BertGeometry {
  return readBertConfig(stepsPath("model/config.json"));
}

/** The small model of the goldens under a head, ready to be trained. */
export function openGoldenModel(head: VectorHead, clampEach: number | null = null) {
  const geometry = goldenGeometry();
  const stored = readSafetensors(stepsPath("model/model.safetensors"));
  const mix = JSON.parse(readFileSync(stepsPath("model/mix.json"), "utf8"));
  const own = head.weights(geometry.hiddenSize, geometry.layers);
  const parameters = openParameters(
    [
      ...[...stored].map(([name, tensor]) => ({
        name,
        dims: tensor.shape,
        read: () => readFloat32(tensor),
        trained: !name.startsWith("pooler.") || own.some((weight) => weight.name === name),
      })),
      ...own
        .filter(({ name }) => !stored.has(name))
        .map(({ name }) => {
          const layer = /\.(\d+)$/.exec(name)?.[1];
          const value: number = layer === undefined ? mix.gamma : mix.scalar_parameters[Number(layer)];
          return { name, dims: [1], read: () => Float32Array.of(value), trained: true };
        }),
    ],
    { clampEach },
  );
  const session = { threads: 1 };
  const network = openNetwork(trainableBert(geometry), parameters, session);
  return { geometry, parameters, network, head: head.open(network, parameters, session) };
}

const originalPrefix = "text_field_embedder.token_embedder_bert.";

/** A golden file's name of a weight as ours. */
export function plainName(name: string): string {
  return name.replace(`${originalPrefix}bert_model.`, "").replace(`${originalPrefix}_scalar_mix.`, "scalar_mix.");
}

/** Length of a list of numbers, and of its difference from another's. */
export function lengths(a: ArrayLike<number>, b: ArrayLike<number>): { length: number; difference: number } {
  let [length, difference] = [0, 0];
  for (let at = 0; at < a.length; at++) {
    length += a[at]! ** 2;
    difference += (a[at]! - (b[at] ?? Number.NaN)) ** 2;
  }
  return { length: Math.sqrt(length), difference: Math.sqrt(difference) };
}
