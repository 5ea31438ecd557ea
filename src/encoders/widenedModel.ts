import { createHash, randomBytes } from "node:crypto";
import { constants, copyFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheFolder } from "../files/cacheFolder.ts";
import { hashFile } from "../files/hashFiles.ts";
import { isThere } from "../files/isThere.ts";
import { makeFolder } from "../files/makeFolder.ts";
import { readRegularSync } from "../files/regularFile.ts";
import { encodeExtension } from "../onnx/encode.ts";
import { fieldsOf } from "../onnx/protobufFields.ts";
import { keepCopy } from "./cachedCopy.ts";
import type { ModelValue } from "./modelSignature.ts";

/** The output of a widened model. */
export const widenedOutput = "scidocs_float32";

/** ONNX's number of a type that neither JavaScript nor the node binding of ONNX Runtime has. */
export const bfloat16 = 16;

/** ONNX's numbers of types of which the binding opens no model that puts one out, whatever is asked for: bfloat16, floats of 8 and 4 bits. */
const unknownToBinding: ReadonlySet<number> = new Set([bfloat16, 17, 18, 19, 20, 23]);

/** Whether a model with these outputs can be opened only as its {@link widenedModel}. */
export function mustBeWidened(outputs: readonly ModelValue[]): boolean {
  return outputs.some(({ elementType }) => unknownToBinding.has(elementType));
}

/**
 * Makes a copy of an ONNX model that puts out one of its outputs as float32 and no other, which changes no number. The copy lies in the cache,
 * with copies of the files that its weights lie in.
 * @param sha256 over the model's file and those of its weights
 * @param externalFiles names of the latter, which lie in the model's folder
 * @returns the path of the copy
 */
export async function widenedModel(
  modelFile: string,
  sha256: string,
  externalFiles: readonly string[],
  output: ModelValue,
  cacheDir = cacheFolder({}),
): Promise<string> {
  const extension = encodeExtension({
    name: "with a float32 output",
    inputs: [],
    outputs: [
      { name: widenedOutput, dataType: "float32", dims: output.shape.map((size, axis) => size ?? `axis_${axis}`) },
    ],
    nodes: [{ opType: "Cast", inputs: [output.name], outputs: [widenedOutput], attributes: { to: { int: 1 } } }],
    initializers: [],
  });
  const key = createHash("sha256").update(sha256).update(extension).digest("hex").slice(0, 20);
  const copy = join(cacheDir, "widened", key, "model.onnx");
  // The model comes last: where it is, all of it is.
  for (const name of externalFiles) await copyWhole(join(dirname(modelFile), name), join(dirname(copy), name));
  // Outputs of a type that the binding does not have stop it even when nobody asks for them.
  const content = [withoutOutputs(readRegularSync(modelFile, Number.POSITIVE_INFINITY)), extension];
  await keepCopy(copy, () => content);
  return copy;
}

async function copyWhole(from: string, to: string): Promise<void> {
  if (isThere(to) && (await hashFile(to)).sha256 === (await hashFile(from)).sha256) return;
  const temporary = `${to}.${randomBytes(4).toString("hex")}.tmp`;
  makeFolder(dirname(to));
  try {
    await copyFile(from, temporary, constants.COPYFILE_FICLONE);
    await rename(temporary, to);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** A model without the outputs (GraphProto, field 12) of its graph (ModelProto, field 7). */
function withoutOutputs(model: Buffer): Buffer {
  const read = (start: number, end: number): Buffer => model.subarray(start, end);
  const parts = [...fieldsOf(read, 0, model.length)].map(({ number, start, contentStart, end }) => {
    if (number !== 7) return read(start, end);
    const kept = [...fieldsOf(read, contentStart, end)].filter((field) => field.number !== 12);
    const graph = Buffer.concat(kept.map((field) => read(field.start, field.end)));
    return Buffer.concat([Buffer.of(7 * 8 + 2), varint(graph.length), graph]);
  });
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
