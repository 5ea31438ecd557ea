import { identifyingFiles, locateCheckpoint } from "../encoders/checkpoints/checkpoint.ts";
import type { Encoder } from "../encoders/encoder.ts";
import { locateModel } from "../encoders/modelFiles.ts";

/** The files that a model is read from, which no output may replace: a checkpoint's own, too, whatever was made of it before. */
export function filesOfModel(argument: string, { stamps, source }: Pick<Encoder, "stamps" | "source">): string[] {
  const read = stamps.map(({ path }) => path);
  if (source === "onnx") return read;
  const place = locateModel(argument);
  return place.kind === "onnx" ? read : [...read, ...identifyingFiles(locateCheckpoint(place.path))];
}
