import { fileError, type ScidocsError } from "../errors.ts";
import { printable } from "../printable.ts";
import type { FileReader } from "./fileReader.ts";
import { PickledClass, type PickleValue } from "./pickleValues.ts";

export interface PickleOptions {
  /** The allow-list, by `module name`. Everything else is refused with an error that names it. */
  readonly classes: ReadonlyMap<string, PickledClass>;
  /** Resolves a persistent id: how PyTorch points from its pickle to its storages. */
  readonly persistent?: (id: PickleValue) => PickleValue;
}

/** Far more steps than any state dict takes (some 40 a tensor); each may leave a value in memory. */
const mostSteps = 4_000_000;
/** Far more values than a state dict has open at once: its largest list is that of its entries. */
const mostOpen = 1_000_000;

/**
 * Reads one pickle from the reader's position. It is a small machine for the opcodes of protocols 2 to 5 that state dicts use; nothing
 * is executed but the functions of the allow-list.
 * @throws ScidocsError for an opcode or class that is not allowed, or a damaged pickle
 */
export function readPickle(reader: FileReader, options: PickleOptions): PickleValue {
  const stack: PickleValue[] = [];
  /** Where each open MARK lies on the stack. */
  const marks: number[] = [];
  const memo = new Map<number, PickleValue>();
  let steps = 0;

  const damaged = (problem: string): ScidocsError =>
    fileError(reader.file, null, `pickle at byte ${reader.position}: ${problem}`);
  const pop = (): PickleValue => {
    const value = stack.pop();
    if (value === undefined || stack.length < (marks.at(-1) ?? 0))
      throw damaged("takes more than it holds: a damaged file");
    return value;
  };
  const popMark = (): PickleValue[] => {
    const mark = marks.pop();
    if (mark === undefined) throw damaged("has no mark to go back to: a damaged file");
    return stack.splice(mark);
  };
  const top = (): PickleValue => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const popText = (): string => {
    const value = pop();
    if (typeof value !== "string") throw damaged("a class name is not text: a damaged file");
    return value;
  };
  const topList = (): PickleValue[] => {
    const value = top();
    if (!Array.isArray(value)) throw damaged("appends to something that is no list");
    return value;
  };
  const setItems = (items: readonly PickleValue[]): void => {
    const value = top();
    if (!(value instanceof Map)) throw damaged("sets items of something that is no dictionary");
    if (items.length % 2 !== 0) throw damaged("a key has no value: a damaged file");
    for (let index = 0; index < items.length; index += 2) value.set(items[index] ?? null, items[index + 1] ?? null);
  };
  const named = (module: string, name: string): PickledClass => {
    const found = options.classes.get(`${module} ${name}`);
    if (found !== undefined) return found;
    throw fileError(
      reader.file,
      null,
      `the pickle names ${printable(`${module}.${name}`)}, which a state dict does not need; nothing was run. ` +
        "Save the weights alone, with torch.save(model.state_dict(), …) or as safetensors",
    );
  };
  const call = (): void => {
    const args = pop();
    const target = pop();
    if (!(target instanceof PickledClass) || !Array.isArray(args)) throw damaged("calls something that is no class");
    if (target.call === undefined) throw damaged(`calls ${target.name.replace(" ", ".")}, which may only be named`);
    stack.push(target.call(args));
  };
  const recall = (key: number): void => {
    const value = memo.get(key);
    if (value === undefined) throw damaged(`recalls value ${key}, which was never kept: a damaged file`);
    stack.push(value);
  };
  const text = (length: number): string => reader.take(length).toString("utf8");

  // Protocols from 2 on begin with their number, and PyTorch has never written an older one.
  if (reader.position >= reader.size || reader.byte() !== 0x80) {
    throw fileError(
      reader.file,
      null,
      "not a PyTorch file, or a damaged one: there is no pickle where one should begin",
    );
  }
  reader.position--;
  for (;;) {
    if (++steps > mostSteps || stack.length > mostOpen) {
      throw damaged("holds more values than any state dict: a damaged file");
    }
    const opcode = reader.byte();
    switch (opcode) {
      case 0x80: {
        const protocol = reader.byte();
        if (protocol > 5) throw damaged(`protocol ${protocol} is not known`);
        break;
      }
      case 0x95: // FRAME: a hint for buffering
        reader.take(8);
        break;
      case 0x2e: // STOP
        if (stack.length !== 1 || marks.length !== 0) throw damaged("ends with values left over: a damaged file");
        return pop();
      case 0x28: // MARK
        marks.push(stack.length);
        break;
      case 0x30: // POP
        pop();
        break;
      case 0x31: // POP_MARK
        popMark();
        break;
      case 0x32: // DUP
        stack.push(top());
        break;
      case 0x4e: // NONE
        stack.push(null);
        break;
      case 0x88:
        stack.push(true);
        break;
      case 0x89:
        stack.push(false);
        break;
      case 0x4a: // BININT
        stack.push(reader.take(4).readInt32LE());
        break;
      case 0x4b: // BININT1
        stack.push(reader.byte());
        break;
      case 0x4d: // BININT2
        stack.push(reader.take(2).readUInt16LE());
        break;
      case 0x8a: // LONG1
        stack.push(littleEndian(reader.take(reader.byte())));
        break;
      case 0x47: // BINFLOAT
        stack.push(reader.take(8).readDoubleBE());
        break;
      case 0x58: // BINUNICODE
        stack.push(text(reader.take(4).readUInt32LE()));
        break;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(text(reader.byte()));
        break;
      case 0x55: // SHORT_BINSTRING, written by Python 2
        stack.push(text(reader.byte()));
        break;
      case 0x54: // BINSTRING
        stack.push(text(reader.take(4).readUInt32LE()));
        break;
      case 0x43: // SHORT_BINBYTES
        stack.push(Uint8Array.from(reader.take(reader.byte())));
        break;
      case 0x7d: // EMPTY_DICT
        stack.push(new Map());
        break;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        stack.push([]);
        break;
      case 0x85: // TUPLE1
        stack.push([pop()]);
        break;
      case 0x86: {
        const second = pop();
        stack.push([pop(), second]);
        break;
      }
      case 0x87: {
        const third = pop();
        const second = pop();
        stack.push([pop(), second, third]);
        break;
      }
      case 0x74: // TUPLE
        stack.push(popMark());
        break;
      case 0x61: {
        // APPEND
        const value = pop();
        topList().push(value);
        break;
      }
      case 0x65: {
        // APPENDS
        const values = popMark();
        const list = topList();
        for (const value of values) list.push(value);
        break;
      }
      case 0x73: {
        // SETITEM
        const value = pop();
        setItems([pop(), value]);
        break;
      }
      case 0x75: // SETITEMS
        setItems(popMark());
        break;
      case 0x71: // BINPUT
        memo.set(reader.byte(), top());
        break;
      case 0x72: // LONG_BINPUT
        memo.set(reader.take(4).readUInt32LE(), top());
        break;
      case 0x94: // MEMOIZE
        memo.set(memo.size, top());
        break;
      case 0x68: // BINGET
        recall(reader.byte());
        break;
      case 0x6a: // LONG_BINGET
        recall(reader.take(4).readUInt32LE());
        break;
      case 0x63: // GLOBAL
        stack.push(named(reader.line(), reader.line()));
        break;
      case 0x93: {
        // STACK_GLOBAL
        const name = popText();
        stack.push(named(popText(), name));
        break;
      }
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        call();
        break;
      case 0x62: {
        // BUILD: PyTorch hangs `_metadata` (versions of modules) on its ordered dictionary; no weight depends on it
        pop();
        if (!(top() instanceof Map)) throw damaged("gives a state to something that is no dictionary");
        break;
      }
      case 0x51: // BINPERSID
        if (options.persistent === undefined) throw damaged("points outside itself");
        stack.push(options.persistent(pop()));
        break;
      default:
        throw damaged(`opcode 0x${opcode.toString(16)} has no place in a state dict`);
    }
  }
}

/** A two's complement little-endian integer of any length: a number where it is exact, else a bigint. */
function littleEndian(bytes: Buffer): number | bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index] ?? 0);
  const signed = BigInt.asIntN(bytes.length * 8, value);
  const number = Number(signed);
  return Number.isSafeInteger(number) ? number : signed;
}
