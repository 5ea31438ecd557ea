import { statSync } from "node:fs";
import { fileError, type ScidocsError } from "../errors.ts";
import { ownValue } from "../ownValue.ts";
import { printable } from "../printable.ts";
import { Opaque, PickledClass, type PickleValue } from "./pickleValues.ts";
import { checkExtent, type StoredTensor, type StoredType, sizeOf, storedTypes } from "./storedTensor.ts";

/** A storage that a pickle points to; the file's layout decides where its bytes lie. */
export interface TorchStorage {
  readonly key: string;
  readonly type: StoredType;
  /** Number of elements that the pickle announces. */
  readonly count: number;
  /** Elements to skip from the start of the storage with this key (views, in old files). */
  readonly offset: number;
}

/** A tensor of a state dict before its storage has been found in the file. */
interface TorchTensor {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

const storageTypes: Readonly<Record<string, StoredType>> = {
  DoubleStorage: "float64",
  FloatStorage: "float32",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
};

/** What a state dict's pickle may name: dictionaries, tensors, parameters and storages. Shared by both file formats. */
export function torchClasses(file: string): ReadonlyMap<string, PickledClass> {
  const classes = new Map<string, PickledClass>();
  const allow = (name: string, call?: (args: readonly PickleValue[]) => PickleValue): void => {
    classes.set(name, new PickledClass(name, call));
  };
  allow("collections OrderedDict", (args) => {
    if (args.length > 0) throw fileError(file, null, "an OrderedDict is made from a list, which state dicts do not do");
    return new Map();
  });
  const rebuildTensor = (args: readonly PickleValue[]): PickleValue => new Opaque(tensorOf(file, args));
  allow("torch._utils _rebuild_tensor", rebuildTensor);
  allow("torch._utils _rebuild_tensor_v2", rebuildTensor);
  allow("torch._utils _rebuild_parameter", ([tensor]) => tensor ?? null);
  for (const name of Object.keys(storageTypes)) allow(`torch ${name}`);
  return classes;
}

/** Turns a persistent id, `("storage", type, key, location, count[, view])`, into the storage it names. */
export function storageOf(file: string, id: PickleValue): Opaque<TorchStorage> {
  const [kind, type, key, , count, view] = Array.isArray(id) ? id : [];
  if (kind !== "storage" || !(type instanceof PickledClass) || typeof key !== "string" || typeof count !== "number") {
    throw fileError(file, null, "a persistent id does not name a storage: a damaged file");
  }
  const stored = ownValue(storageTypes, type.name.replace("torch ", ""));
  if (stored === undefined) throw fileError(file, null, `${type.name.replace(" ", ".")} is not a type of storage`);
  const offset = Array.isArray(view) && typeof view[1] === "number" ? view[1] : 0;
  return new Opaque({ key, type: stored, count, offset });
}

function tensorOf(file: string, args: readonly PickleValue[]): TorchTensor {
  const [storage, offset, shape, strides] = args;
  if (!(storage instanceof Opaque) || typeof offset !== "number" || !isSizes(shape) || !isSizes(strides)) {
    throw fileError(file, null, "a tensor is put together from the wrong parts: a damaged file");
  }
  return { storage: (storage as Opaque<TorchStorage>).value, offset, shape, strides };
}

/** PyTorch's own limit. */
const mostAxes = 64;

function isSizes(value: PickleValue | undefined): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= mostAxes &&
    value.every((size) => typeof size === "number" && Number.isSafeInteger(size) && size >= 0)
  );
}

/** How deep a training framework's checkpoint nests the dictionary of its weights. */
const deepest = 8;

/** Far more than any checkpoint has. Dictionaries may hold each other many times, so that a few of them hold entries without end. */
const mostEntries = 1_000_000;

/** The tensors of a dictionary and of those in it, by their path; numbers, texts and lists that stand beside them are passed over. */
function* tensorsIn(
  file: string,
  dictionary: ReadonlyMap<unknown, unknown>,
  path: string,
  seen: { entries: number },
): Generator<[string, TorchTensor]> {
  for (const [key, value] of dictionary) {
    if (++seen.entries > mostEntries) {
      throw fileError(
        file,
        null,
        `its dictionaries have over ${mostEntries} entries, each in the others: a damaged file`,
      );
    }
    if (typeof key !== "string") {
      if (path === "") throw noStateDict(file, "it has keys that are no text");
      // An optimizer numbers its states.
      continue;
    }
    const name = path + key;
    if (value instanceof Map) {
      if (name.split(".").length <= deepest) yield* tensorsIn(file, value, `${name}.`, seen);
    } else if (value instanceof Opaque) {
      const tensor = (value as Opaque<TorchTensor>).value;
      if (tensor.storage !== undefined && tensor.shape !== undefined) yield [name, tensor];
    }
  }
}

/**
 * Finds the tensors of a read pickle in its file. A checkpoint of a training framework holds its state dict under a name of its own, beside
 * counters and the like (`state_dict` in Lightning's); such names become part of the tensors'.
 * @param locate offset and length in bytes of the storage with a key
 * @throws ScidocsError when the pickle is no dictionary of tensors or a tensor reaches outside its storage
 */
export function placeTensors(
  file: string,
  pickled: PickleValue,
  locate: (storage: TorchStorage) => { readonly start: number; readonly byteLength: number },
): Map<string, StoredTensor> {
  if (!(pickled instanceof Map)) throw noStateDict(file, "its pickle is no dictionary");
  const tensors = new Map<string, StoredTensor>();
  const claims = claimsOf(file);
  for (const [name, { storage, offset, shape, strides }] of tensorsIn(file, pickled, "", { entries: 0 })) {
    const { start, byteLength } = locate(storage);
    const size = storedTypes[storage.type];
    const tensor: StoredTensor = {
      file,
      type: storage.type,
      shape,
      strides,
      start: start + (storage.offset + offset) * size,
      end: start + byteLength,
    };
    checkExtent(name, tensor);
    claims.add(name, sizeOf(shape) * size);
    tensors.set(name, tensor);
  }
  const [first] = pickled.keys();
  if (tensors.size === 0 && typeof first === "string") {
    throw noStateDict(file, `its entry "${printable(first)}" is no tensor, and no other is`);
  }
  return tensors;
}

/** What tensors may have whatever the file's size. */
const freeBytes = 64 * 2 ** 20;
/** A layer that all others share, weights and all, is named 24 times in ALBERT's largest. */
const mostTimesStored = 32;

/**
 * Adds up what the tensors of a file claim: with a stride of 0 a single number is a matrix of any size, and one storage may serve any number of
 * tensors.
 */
function claimsOf(file: string): { readonly add: (name: string, bytes: number) => void } {
  const { size } = statSync(file);
  let claimed = 0;
  return {
    add: (name, bytes) => {
      claimed += bytes;
      if (claimed <= freeBytes + mostTimesStored * size) return;
      throw fileError(
        file,
        null,
        `its tensors up to ${printable(name)} take ${claimed} bytes, and the file has ${size}: a damaged file, or tensors to be saved with .contiguous()`,
      );
    },
  };
}

function noStateDict(file: string, why: string): ScidocsError {
  return fileError(file, null, `holds no state dict: ${why}. Save it with torch.save(model.state_dict(), …)`);
}
