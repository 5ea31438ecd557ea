import { basename, dirname, join } from "node:path";
import { fileError, firstFew, ScidocsError } from "../errors.ts";
import { isThere } from "../files/isThere.ts";
import { readJsonFileSync } from "../files/jsonFile.ts";
import { byName, fields, text, unlike } from "../forms.ts";
import { printable } from "../printable.ts";
import type { StoredTensor, StoredTensors } from "./storedTensor.ts";

const indexForm = fields({ weight_map: byName(text) });

/**
 * Reads the tensors of a checkpoint in several files, from its index (`model.safetensors.index.json`, `pytorch_model.bin.index.json`).
 * @param readShard reads one of the files
 * @throws ScidocsError when a shard is missing, lacks a tensor, or lies outside the index's folder
 */
export function readShards(indexFile: string, readShard: (file: string) => StoredTensors): StoredTensors {
  const index = indexForm(readJsonFileSync(indexFile));
  if (index === unlike)
    throw fileError(indexFile, null, 'is no index of shards: expected {"weight_map": {tensor: file, …}}');
  const { weight_map: fileOf } = index as { readonly weight_map: Readonly<Record<string, string>> };
  const shards = new Map<string, StoredTensors>();
  const tensors = new Map<string, StoredTensor>();
  const named = [...new Set(Object.values(fileOf))].filter((shard) => basename(shard) === shard);
  const missing = named.filter((shard) => !isThere(join(dirname(indexFile), shard)));
  if (missing.length > 0) {
    throw new ScidocsError(
      "NOT_FOUND",
      `${indexFile}: ${missing.length} of its ${named.length} shards are not beside it: ${firstFew(missing.map((shard) => printable(shard)))}; download the whole folder`,
    );
  }
  for (const [name, shard] of Object.entries(fileOf)) {
    if (basename(shard) !== shard)
      throw fileError(indexFile, null, `shard ${printable(shard)} is not a file beside the index`);
    const read = shards.get(shard) ?? readShard(join(dirname(indexFile), shard));
    shards.set(shard, read);
    const tensor = read.get(name);
    if (tensor === undefined)
      throw fileError(
        indexFile,
        null,
        `tensor ${printable(name)} is not in ${printable(shard)}, where the index has it`,
      );
    tensors.set(name, tensor);
  }
  return tensors;
}
