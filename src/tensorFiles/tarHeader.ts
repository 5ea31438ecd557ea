import { fileError } from "../errors.ts";

/** Tar files consist of blocks of this size. */
export const tarBlockBytes = 512;

/** What the header block of a tar entry says. */
export interface TarHeader {
  readonly name: string;
  readonly size: number;
  /** The type flag: `0` a file, `1` to `6` links, devices and folders, `L` a long name and `x` attributes for the next entry. */
  readonly kind: string;
}

/**
 * Reads a header block (ustar and GNU); null for the zero block that ends an archive.
 * @throws ScidocsError when its checksum or size is wrong
 */
export function parseTarHeader(archive: string, block: Buffer): TarHeader | null {
  if (block.every((byte) => byte === 0)) return null;
  const stored = Number.parseInt(text(block, 148, 8), 8);
  // The checksum counts its own field as spaces.
  let sum = 0;
  for (const [index, byte] of block.entries()) sum += index >= 148 && index < 156 ? 32 : byte;
  if (sum !== stored) throw fileError(archive, null, "not a tar archive, or damaged: a header's checksum is wrong");
  const name = text(block, 0, 100);
  const prefix = text(block, 257, 6) === "ustar" ? text(block, 345, 155) : "";
  const kind = text(block, 156, 1);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    size: parseSize(archive, block),
    kind: kind === "" || kind === "7" ? "0" : kind,
  };
}

/** Sizes are octal text; from 8 GB on, GNU tar writes them as big-endian binary with the top bit set. */
function parseSize(archive: string, block: Buffer): number {
  const binary = ((block[124] ?? 0) & 0x80) !== 0;
  const size = binary ? Number(block.readBigUInt64BE(128)) : Number.parseInt(text(block, 124, 12).trim() || "0", 8);
  if (!Number.isSafeInteger(size) || size < 0)
    throw fileError(archive, null, "a tar entry's size is wrong: a damaged file");
  return size;
}

function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? undefined : end).toString("utf8");
}

/** Reads the `path` and `size` of a pax record: lines `<length> key=value\n`, where the length counts the whole line in bytes. */
export function parseTarAttributes(bytes: Buffer): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  let at = 0;
  while (at < bytes.length) {
    const length = Number.parseInt(bytes.subarray(at, at + 20).toString("latin1"), 10);
    if (!(length > 0)) break;
    const [, key, value] = /^\d+ ([^=]+)=(.*)\n$/s.exec(bytes.subarray(at, at + length).toString("utf8")) ?? [];
    if (key === "path" && value !== undefined) found.path = value;
    const size = Number(value);
    if (key === "size" && Number.isSafeInteger(size) && size >= 0) found.size = size;
    at += length;
  }
  return found;
}
