import { dirname, join } from "node:path";
import { adapterFiles } from "../encoders/checkpoints/adapter.ts";
import { identifyingFiles, locateCheckpoint } from "../encoders/checkpoints/checkpoint.ts";
import { hasDeclaration, readDeclaration } from "../encoders/declared/declaration.ts";
import type { Encoder } from "../encoders/encoder.ts";
import { locateModel } from "../encoders/modelFiles.ts";
import type { ModelFlags } from "./encoderFlags.ts";

/**
 * The files that a model is read from, which no output may replace: a checkpoint's own, too, whatever was made of it before, and those that
 * say how it is to be used.
 */
export function filesOfModel(
  argument: string,
  { stamps }: Pick<Encoder, "stamps">,
  { adapter = [], vocab, mixWeights }: Pick<ModelFlags, "adapter" | "vocab" | "mixWeights">,
): string[] {
  const place = locateModel(argument);
  const checkpoint = place.kind === "onnx" ? [] : filesOfCheckpoint(place.path);
  const folders = place.kind === "onnx" ? [dirname(place.file), dirname(dirname(place.file))] : [];
  return [
    ...stamps.map(({ path }) => path),
    ...checkpoint,
    ...folders.flatMap((folder) => [join(folder, "config.json"), ...declaringFiles(folder)]),
    ...[adapter].flat().flatMap((folder) => Object.values(adapterFiles(folder))),
    ...[vocab, mixWeights].filter((file) => file !== undefined),
  ];
}

function filesOfCheckpoint(path: string): string[] {
  const declaration = hasDeclaration(path) ? readDeclaration(path) : null;
  return [...identifyingFiles(locateCheckpoint(declaration?.encoderFolder ?? path)), ...(declaration?.files ?? [])];
}

const declaringFiles = (folder: string): readonly string[] =>
  hasDeclaration(folder) ? readDeclaration(folder).files : [];
