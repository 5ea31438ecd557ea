/** A tensor to be written: `type` is a safetensors element type where it is not float32. */
export interface TinyTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint16Array | BigInt64Array;
  readonly type?: string;
}
export type TinyTensors = ReadonlyMap<string, TinyTensor>;
export interface TinySizes {
  readonly hidden?: number;
  readonly layers?: number;
  readonly heads?: number;
  readonly wide?: number;
  readonly vocabulary: number;
  readonly positions?: number;
  readonly seed?: number;
}
export function tinyVocabulary(): string[];
export function randomBert(sizes: TinySizes): Map<string, TinyTensor>;
export function bertConfig(sizes: TinySizes): Record<string, unknown>;
export function safetensorsFile(tensors: TinyTensors, type?: string): Buffer;
export const pickle: {
  readonly begin: Buffer;
  readonly stop: Buffer;
  readonly mark: Buffer;
  readonly false: Buffer;
  readonly true: Buffer;
  readonly none: Buffer;
  text(value: string): Buffer;
  integer(value: number): Buffer;
  long(value: bigint): Buffer;
  global(module: string, name: string): Buffer;
  tuple(...items: Buffer[]): Buffer;
  list(...items: Buffer[]): Buffer;
  call(target: Buffer, ...args: Buffer[]): Buffer;
  dictionary(entries: readonly (readonly [string, Buffer])[]): Buffer;
};
export function pickledTensor(
  tensor: {
    readonly key: string;
    readonly shape: readonly number[];
    readonly strides: readonly number[];
    readonly offset?: number;
    readonly count: number;
    readonly storage?: string;
  },
  view?: Buffer,
): Buffer;
export function torchZipFile(tensors: TinyTensors, name?: string): Buffer;
export function torchLegacyFile(tensors: TinyTensors): Buffer;
export function torchLegacyParts(
  system: Buffer,
  dictionary: Buffer,
  storages: readonly (readonly [string, number, Buffer])[],
): Buffer;
export function zipFile(entries: readonly (readonly [string, Buffer])[]): Buffer;
export function tarFile(
  entries: readonly { readonly name: string; readonly bytes?: Buffer; readonly kind?: string }[],
): Buffer;
export function archiveConfig(options?: {
  readonly hidden?: number;
  readonly averaged?: boolean;
  readonly words?: number;
}): Record<string, unknown>;
export function archiveTensors(encoder: TinyTensors, layers?: number): Map<string, TinyTensor>;
export function tinyPapers(
  count: number,
  seed?: number,
): Record<string, { paper_id: string; title: string; abstract: string }>;
export function writeTinyCheckpoints(folder: string, options?: { readonly seed?: number }): void;
