import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "../errors.ts";
import { cacheFolder } from "../files/cacheFolder.ts";
import { hashFile } from "../files/hashFiles.ts";
import { isThere } from "../files/isThere.ts";
import { writeWhole } from "../files/writeWhole.ts";
import { encodeExtension } from "../onnx/encode.ts";
import { fieldsOf } from "../onnx/protobufFields.ts";
import type { ModelSignature, ModelValue } from "./modelSignature.ts";

/** The output of a widened model. */
export const widenedOutput = "scidocs_float32";

/** ONNX's number of a type that neither JavaScript nor the node binding of ONNX Runtime has. */
export const bfloat16 = 16;

/**
 * Makes a copy of an ONNX model whose bfloat16 output is put out as float32 instead, which changes no number. The copy lies in the cache.
 * @returns the path of the copy
 * @throws ScidocsError for a model whose weights lie in other files, which a copy elsewhere would not find
 */
export async function widenedModel(
  modelFile: string,
  signature: ModelSignature,
  output: ModelValue,
  cacheDir = cacheFolder({}),
): Promise<string> {
  if (signature.externalFiles.length > 0) {
    throw fileError(
      modelFile,
      null,
      `its output ${output.name} is bfloat16 and its weights lie in another file; export it with a float32 output`,
    );
  }
  const extension = encodeExtension({
    name: "with a float32 output",
    inputs: [],
    outputs: [
      { name: widenedOutput, dataType: "float32", dims: output.shape.map((size, axis) => size ?? `axis_${axis}`) },
    ],
    nodes: [{ opType: "Cast", inputs: [output.name], outputs: [widenedOutput], attributes: { to: { int: 1 } } }],
    initializers: [],
  });
  const { sha256 } = await hashFile(modelFile);
  const key = createHash("sha256").update(sha256).update(extension).digest("hex").slice(0, 20);
  const copy = join(cacheDir, "widened", key, "model.onnx");
  // Outputs of a type that the binding does not have stop it even when nobody asks for them.
  if (!isThere(copy)) await writeWhole(copy, [withoutOutputs(await readFile(modelFile)), extension]);
  return copy;
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
