import { fileError } from "../errors.ts";
import { FileReader } from "./fileReader.ts";
import { readPickle } from "./pickle.ts";
import { describeValue, type PickleValue } from "./pickleValues.ts";
import { type StoredTensors, storedTypes } from "./storedTensor.ts";
import { placeTensors, storageOf, type TorchStorage, torchClasses } from "./torchStateDict.ts";

/** What the first pickle of the old format holds. */
const magicNumber = 0x1950a86a20f9469cfc6cn;

/**
 * Reads the state dict of a PyTorch file in the format before 1.6, as in AllenNLP archives (`weights.th`): five pickles one after the
 * other (magic number, protocol, sizes of C types, the dictionary, the storages' keys), then the storages in the order of those keys,
 * each as a 64-bit element count and its bytes.
 * @returns the tensors' places; their numbers stay in the file
 * @throws ScidocsError for a damaged file or a class outside the allow-list
 */
export function readTorchLegacy(file: string): StoredTensors {
  using reader = new FileReader(file);
  const plain = (): PickleValue => readPickle(reader, { classes: new Map() });
  if (plain() !== magicNumber) throw fileError(file, null, "not a PyTorch file: its magic number is another");
  const protocol = plain();
  if (protocol !== 1001)
    throw fileError(file, null, `protocol ${describeValue(protocol)} of the old PyTorch format is not known`);
  const system = plain();
  if (system instanceof Map && system.get("little_endian") === false) {
    throw fileError(file, null, "big-endian data: only little-endian files can be read");
  }

  const storages = new Map<string, TorchStorage>();
  const pickled = readPickle(reader, {
    classes: torchClasses(file),
    persistent: (id) => {
      const storage = storageOf(file, id);
      storages.set(storage.value.key, storage.value);
      return storage;
    },
  });
  const keys = plain();
  if (!Array.isArray(keys)) throw fileError(file, null, "its list of storages is missing: a damaged file");

  const places = new Map<string, { start: number; byteLength: number }>();
  for (const key of keys) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (typeof key !== "string" || storage === undefined) {
      throw fileError(file, null, `storage ${describeValue(key)} belongs to no tensor: a damaged file`);
    }
    const byteLength = reader.uint64() * storedTypes[storage.type];
    const start = reader.position;
    if (start + byteLength > reader.size) {
      throw fileError(
        file,
        null,
        `cut off: storage ${describeValue(key)} should end at byte ${start + byteLength}, the file at ${reader.size}`,
      );
    }
    places.set(key, { start, byteLength });
    reader.position += byteLength;
  }
  return placeTensors(file, pickled, ({ key }) => {
    const place = places.get(key);
    if (place === undefined) throw fileError(file, null, `storage ${describeValue(key)} is missing: a damaged file`);
    return place;
  });
}
