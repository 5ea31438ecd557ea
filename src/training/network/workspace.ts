/** Arrays for values that come and go with every batch, kept from one to the next. */
export interface Workspace {
  /** The array of a name, with this many numbers; what is in it is left over. */
  readonly take: (name: string, length: number) => Float32Array;
  /** Bytes that all arrays hold. */
  readonly bytes: () => number;
}

/** An empty workspace. */
export function openWorkspace(): Workspace {
  const arrays = new Map<string, Float32Array>();
  return {
    take(name, length) {
      const known = arrays.get(name);
      if (known !== undefined && known.length >= length) return known.subarray(0, length);
      const array = new Float32Array(length);
      arrays.set(name, array);
      return array;
    },
    bytes: () => [...arrays.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
  };
}
