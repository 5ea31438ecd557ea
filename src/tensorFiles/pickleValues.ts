import { printable } from "../printable.ts";

/** A class or function that a pickle names. Only those of an allow-list ever become one of these. */
export class PickledClass {
  /** `module name`, as the pickle spells it. */
  readonly name: string;
  /** What calling it gives; without one it may be named but not called. */
  readonly call: ((args: readonly PickleValue[]) => PickleValue) | undefined;

  constructor(name: string, call?: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/** A value that only the reader of a pickle's classes can look into, such as a tensor. */
export class Opaque<T = unknown> {
  readonly value: T;
  constructor(value: T) {
    this.value = value;
  }
}

/** What a pickle can hold here. Lists and tuples are both arrays, dictionaries are maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickledClass
  | Opaque;

/**
 * A pickled value for a message. Lists may hold each other many times over, so that writing one out in full might never end.
 */
export function describeValue(value: PickleValue | undefined): string {
  if (typeof value === "object" || value === undefined) return "something that is no text and no number";
  return printable(String(value));
}
