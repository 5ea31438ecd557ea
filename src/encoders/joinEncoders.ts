import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { stampFiles } from "../files/fileStamps.ts";
import { hashFiles } from "../files/hashFiles.ts";
import type { RunControl } from "../progress.ts";
import { outputOf } from "./architectures/encoderGraph.ts";
import { convertCheckpoint } from "./checkpoints/convert.ts";
import type { Encoder, EncoderOptions } from "./encoder.ts";
import { optionsAsKnown } from "./known/applyKnown.ts";
import { locateModel } from "./modelFiles.ts";
import { readModelSignature } from "./modelSignature.ts";
import { conversionOf } from "./resolveCheckpoint.ts";
import { vocabularyFile } from "./resolveEncoder.ts";

/**
 * One encoder that gives, in one pass over the tokens, the vectors of several that differ in their adapters alone: end to end, in the
 * order of the adapters, each equal to its own to the last bit. What lies below the first adapter is computed once.
 * @param argument the checkpoint that the adapters are for
 * @param options as the encoders were resolved with, but for the adapter
 * @param adapters their folders
 * @param encoders as {@link resolveEncoder} gave them, one an adapter
 * @returns null where the encoders differ in more than their weights
 */
export async function joinEncoders(
  argument: string,
  options: EncoderOptions,
  adapters: readonly string[],
  encoders: readonly [Encoder, ...Encoder[]],
  control: RunControl = {},
): Promise<Encoder | null> {
  const [first, ...others] = encoders;
  const place = locateModel(argument, options.precision);
  if (place.kind !== "checkpoint" || !others.every((other) => differInWeightsAlone(first, other))) return null;
  const asKnown = optionsAsKnown(place.path, options).options;
  const { folder, wish } = conversionOf(place.path, vocabularyFile(options.vocab), asKnown);
  const { modelFile } = await convertCheckpoint(folder, { ...wish, adapter: adapters }, control);
  const beside = readModelSignature(modelFile).externalFiles.map((name) => join(dirname(modelFile), name));
  const modelFiles = [modelFile, ...beside];
  return {
    ...first,
    name: encoders.map(({ name }) => name).join(", "),
    modelFile,
    files: await hashFiles(modelFiles),
    stamps: [...encoders.flatMap(({ stamps }) => stamps), ...stampFiles(modelFiles)],
    otherOutputs: others.map((_, index) => outputOf(first.output, index + 1)),
    dimensions: first.dimensions === null ? null : first.dimensions * encoders.length,
  };
}

function differInWeightsAlone(one: Encoder, other: Encoder): boolean {
  const shared = ({ settings, inputs, feeding, steps }: Encoder) => ({
    settings: { ...settings, model: "" },
    inputs,
    feeding,
    steps,
  });
  return isDeepStrictEqual(shared(one), shared(other));
}
