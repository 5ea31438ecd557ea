import { crc32 } from "node:zlib";
import { fileError } from "../errors.ts";
import { printable } from "../printable.ts";
import type { FileReader } from "./fileReader.ts";

/** An uncompressed entry of a zip file: where its bytes lie. */
export interface ZipEntry {
  readonly start: number;
  readonly byteLength: number;
  /** CRC-32 of the bytes, as the directory has it. */
  readonly crc: number;
}

const endSignature = 0x06054b50;
const zip64EndSignature = 0x06064b50;
const zip64LocatorSignature = 0x07064b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;

/**
 * The entries of a zip file, from its central directory (with the 64-bit extension). Only stored (uncompressed) entries are taken, as
 * PyTorch writes them: their bytes can then be read in place.
 * @throws ScidocsError for a damaged file or a compressed entry
 */
export function zipEntries(reader: FileReader): ReadonlyMap<string, ZipEntry> {
  const damaged = (problem: string) => fileError(reader.file, null, `damaged or cut-off zip file: ${problem}`);
  const { count, offset } = findDirectory(reader);
  const entries = new Map<string, ZipEntry>();
  let stored = 0;
  reader.position = offset;
  for (let index = 0; index < count; index++) {
    const head = Buffer.from(reader.take(46));
    if (head.readUInt32LE(0) !== entrySignature) throw damaged("its directory is not where it should be");
    const name = reader.take(head.readUInt16LE(28)).toString("utf8");
    const extra = Buffer.from(reader.take(head.readUInt16LE(30)));
    reader.take(head.readUInt16LE(32));
    if (head.readUInt16LE(10) !== 0) {
      throw fileError(
        reader.file,
        null,
        `zip entry ${printable(name)} is compressed, which PyTorch never does; save it again`,
      );
    }
    const { byteLength, localOffset } = sizesOf(head, extra);
    // The local header repeats the name but may pad its extra field otherwise, so the data's place is known only from there.
    const local = reader.readAt(localOffset, 30);
    if (local.readUInt32LE(0) !== localSignature)
      throw damaged(`entry ${printable(name)} is not where its directory says`);
    const start = localOffset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    if (!(start + byteLength <= reader.size)) throw damaged(`entry ${printable(name)} reaches past the end`);
    entries.set(name, { start, byteLength, crc: head.readUInt32LE(16) });
    // Each is read on its own, so that many over the same bytes would be read for ever.
    stored += byteLength;
    if (stored > reader.size) throw damaged(`its entries up to ${printable(name)} overlap`);
  }
  return entries;
}

/**
 * Reads an entry through and checks its bytes.
 * @throws ScidocsError when they are not those that were written
 */
export function checkEntry(reader: FileReader, name: string, { start, byteLength, crc }: ZipEntry): void {
  let found = 0;
  for (let done = 0; done < byteLength; done += 1 << 24) {
    found = crc32(reader.readAt(start + done, Math.min(1 << 24, byteLength - done)), found);
  }
  if (found === crc) return;
  throw fileError(
    reader.file,
    null,
    `entry ${printable(name)} has other bytes than were written into it (its CRC-32 is ${hex(found)}, the file says ${hex(crc)}): ` +
      "a damaged file, download or copy it again. If torch.serialization.set_crc32_options(False) wrote it, save it without that, or as safetensors",
  );
}

const hex = (crc: number): string => crc.toString(16).padStart(8, "0");

function sizesOf(head: Buffer, extra: Buffer): { byteLength: number; localOffset: number } {
  const compressed = head.readUInt32LE(20);
  let byteLength = head.readUInt32LE(24);
  let localOffset = head.readUInt32LE(42);
  // A field of all ones continues as 64 bits in the extra field with tag 1, in this order.
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let next = at + 4;
    const wide = (): number => {
      next += 8;
      return next <= extra.length ? Number(extra.readBigUInt64LE(next - 8)) : Number.NaN;
    };
    if (byteLength === 0xffffffff) byteLength = wide();
    if (compressed === 0xffffffff) wide();
    if (localOffset === 0xffffffff) localOffset = wide();
  }
  return { byteLength, localOffset };
}

function findDirectory(reader: FileReader): { count: number; offset: number } {
  // The end record is 22 bytes and a comment of at most 65,535.
  const tailStart = Math.max(0, reader.size - 22 - 0xffff);
  const tail = reader.readAt(tailStart, reader.size - tailStart);
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== endSignature) continue;
    const count = tail.readUInt16LE(at + 10);
    const offset = tail.readUInt32LE(at + 16);
    const locator = at - 20;
    if (locator >= 0 && tail.readUInt32LE(locator) === zip64LocatorSignature) {
      const end = reader.readAt(Number(tail.readBigUInt64LE(locator + 8)), 56);
      if (end.readUInt32LE(0) === zip64EndSignature) {
        return { count: Number(end.readBigUInt64LE(32)), offset: Number(end.readBigUInt64LE(48)) };
      }
    }
    return { count, offset };
  }
  throw fileError(reader.file, null, "cut off: the directory at the end of the zip file is missing; download it again");
}
