import { fileError } from "../errors.ts";
import { printable } from "../printable.ts";
import { FileReader } from "./fileReader.ts";
import { readPickle } from "./pickle.ts";
import { type StoredTensors, storedTypes } from "./storedTensor.ts";
import { placeTensors, storageOf, torchClasses } from "./torchStateDict.ts";
import { checkEntry, type ZipEntry, zipEntries } from "./zip.ts";

/**
 * Reads the state dict of a PyTorch file in the zip format (torch.save since 1.6): `…/data.pkl` beside one uncompressed entry a
 * storage, `…/data/<key>`.
 * @returns the tensors' places; their numbers stay in the file
 * @throws ScidocsError for a damaged file, a class outside the allow-list, or big-endian data
 */
export function readTorchZip(file: string): StoredTensors {
  using reader = new FileReader(file);
  const entries = zipEntries(reader);
  const pickleName = [...entries.keys()].find((name) => /(^|\/)data\.pkl$/.test(name));
  const pickle = pickleName === undefined ? undefined : entries.get(pickleName);
  if (pickleName === undefined || pickle === undefined) {
    throw fileError(file, null, "a zip file without data.pkl: not saved by torch.save");
  }
  const prefix = pickleName.slice(0, -"data.pkl".length);
  requireLittleEndian(reader, entries.get(`${prefix}byteorder`));

  checkEntry(reader, pickleName, pickle);
  reader.position = pickle.start;
  const pickled = readPickle(reader, {
    classes: torchClasses(file),
    persistent: (id) => storageOf(file, id),
  });
  const checked = new Set<string>();
  return placeTensors(file, pickled, (storage) => {
    const name = `${prefix}data/${storage.key}`;
    const entry = entries.get(name);
    if (entry === undefined)
      throw fileError(file, null, `storage ${printable(storage.key)} is missing: a damaged file`);
    if (entry.byteLength < storage.count * storedTypes[storage.type]) {
      throw fileError(file, null, `storage ${printable(storage.key)} is shorter than its pickle says: a damaged file`);
    }
    // Several tensors may share a storage.
    if (!checked.has(name)) checkEntry(reader, name, entry);
    checked.add(name);
    return entry;
  });
}

function requireLittleEndian(reader: FileReader, entry: ZipEntry | undefined): void {
  if (entry === undefined) return;
  const order = reader.readAt(entry.start, entry.byteLength).toString("latin1");
  if (order !== "little")
    throw fileError(reader.file, null, `byte order ${order}: only little-endian files can be read`);
}
