import { FileReader } from "./fileReader.ts";
import type { StoredTensors } from "./storedTensor.ts";
import { readTorchLegacy } from "./torchLegacy.ts";
import { readTorchZip } from "./torchZip.ts";

/**
 * Reads the state dict of a PyTorch file (`pytorch_model.bin`, `weights.th`), telling the zip format from the older one by its first
 * bytes. Nothing in the file is executed.
 * @returns the tensors' places; their numbers stay in the file
 * @throws ScidocsError for another kind of file, a damaged one, or a class that state dicts do not need
 */
export function readTorch(file: string): StoredTensors {
  const start = firstBytes(file);
  if (start.startsWith("PK\x03\x04")) return readTorchZip(file);
  return readTorchLegacy(file);
}

function firstBytes(file: string): string {
  using reader = new FileReader(file);
  return reader.take(Math.min(32, reader.size)).toString("latin1");
}
