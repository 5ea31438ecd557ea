import { open, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { fileError, interrupted, ScidocsError } from "../errors.ts";
import { makeFolder } from "../files/makeFolder.ts";
import { pathError } from "../files/pathError.ts";
import { streamRegular } from "../files/regularFile.ts";
import { refuseLargeUnpacked, unpackingLimit } from "../files/unpacking.ts";
import type { RunControl } from "../progress.ts";
import { parseTarAttributes, parseTarHeader, type TarHeader, tarBlockBytes } from "./tarHeader.ts";

/** Longer names and attribute records than these are not written by any archiver; they would only fill the memory. */
const longestRecord = 1 << 20;

/** Entries of an archive, and bytes of all its records: AllenNLP's have ten and none. What is packed well costs nothing to write. */
const mostEntries = 10_000;
const mostRecordBytes = 4 << 20;

/** Weights hardly shrink; an archive that holds much more than its size is none of ours. */
const mostTimesPacked = 20;

/**
 * Unpacks chosen files of a `.tar.gz` into a folder, streaming: no more than a few blocks are in memory at a time.
 * Names are kept below the folder; an entry that would leave it is an error, as is a chosen entry that is no plain file.
 * @param wanted tells by an entry's path (without a leading `./`) whether it is unpacked
 * @returns the unpacked paths, relative to `folder`, in archive order
 * @throws ScidocsError for a file that is no gzip or tar, is damaged or cut off
 */
export async function unpackTarGz(
  archive: string,
  folder: string,
  wanted: (path: string) => boolean,
  control: RunControl = {},
): Promise<string[]> {
  const { size } = await stat(archive).catch((error: unknown) => {
    throw new ScidocsError("NOT_FOUND", `${archive}: there is no such archive`, { cause: error });
  });
  await refuseLargeUnpacked(archive, mostTimesPacked).catch((error: unknown) => {
    throw pathError(archive, error);
  });
  const source = await streamRegular(archive, 1 << 18).catch((error: unknown) => {
    throw pathError(archive, error);
  });
  source.on("data", () => {
    control.onProgress?.({ stage: "unpacking", done: source.bytesRead, total: size, unit: "bytes" });
  });
  const unpacked: string[] = [];
  const unpack = async (stream: AsyncIterable<Buffer>): Promise<void> => {
    const bytes = new TarBytes(archive, stream);
    for await (const path of unpackEntries(archive, bytes, folder, wanted)) unpacked.push(path);
    // Reading on to the end makes zlib check the whole file's checksum.
    await bytes.drain();
  };
  let unpacking: Promise<void> = Promise.resolve();
  try {
    await pipeline(
      source,
      createGunzip({ chunkSize: 1 << 18 }),
      unpackingLimit(archive, size, mostTimesPacked),
      (stream: AsyncIterable<Buffer>) => {
        unpacking = unpack(stream);
        return unpacking;
      },
      { signal: control.signal },
    );
  } catch (error) {
    // A pipeline fails with its first stream; an entry that is being written then would appear in a folder that is already removed.
    await unpacking.catch(() => {});
    if (control.signal?.aborted) throw interrupted();
    if (error instanceof ScidocsError) throw error;
    if (error instanceof Error && "code" in error && error.code === "ENOSPC") {
      throw new ScidocsError("UNAVAILABLE", `${folder}: the disk is full`, { cause: error });
    }
    const problem = error instanceof Error ? error.message : String(error);
    throw fileError(archive, null, `cannot be unpacked (${problem}): not a .tar.gz, damaged or cut off`, error);
  }
  return unpacked;
}

async function* unpackEntries(
  archive: string,
  bytes: TarBytes,
  folder: string,
  wanted: (path: string) => boolean,
): AsyncGenerator<string> {
  /** Attributes that a record gives the entry after it. */
  let next: { path?: string; size?: number } = {};
  let recordBytes = 0;
  for (let entries = 0; ; entries++) {
    if (entries > mostEntries)
      throw fileError(archive, null, `has over ${mostEntries} entries, more than any archive of a model`);
    const header = parseTarHeader(archive, await bytes.take(tarBlockBytes));
    if (header === null) return;
    if (header.kind === "L" || header.kind === "x") {
      recordBytes += header.size;
      if (header.size > longestRecord || recordBytes > mostRecordBytes)
        throw fileError(archive, null, "has an oversized record: a damaged file");
      const record = await bytes.take(header.size);
      await bytes.skip(paddingOf(header.size));
      next = { ...next, ...(header.kind === "L" ? { path: untilZero(record) } : parseTarAttributes(record)) };
      continue;
    }
    const path = (next.path ?? header.name).replace(/^(\.\/)+/, "");
    // Links and folders announce a size at times, but no bytes follow them.
    const size = "1234567".includes(header.kind) ? 0 : (next.size ?? header.size);
    if (header.kind !== "g" && header.kind !== "K") next = {};
    if (header.kind !== "5" && header.kind !== "g" && header.kind !== "K" && wanted(path)) {
      await writeEntry(bytes, targetOf(archive, folder, path, header), size);
      yield path;
    } else await bytes.skip(size);
    await bytes.skip(paddingOf(size));
  }
}

function targetOf(archive: string, folder: string, path: string, { kind }: TarHeader): string {
  const parts = path.split("/");
  if (
    /[\\\0]/.test(path) ||
    /^[a-z]:/i.test(path) ||
    parts.some((part) => part === ".." || part === "" || part === ".")
  ) {
    throw fileError(archive, null, `entry "${path}" would be unpacked outside its folder: refused`);
  }
  if (kind !== "0") throw fileError(archive, null, `entry "${path}" is a link or a device, not a file: refused`);
  return join(folder, ...parts);
}

async function writeEntry(bytes: TarBytes, target: string, size: number): Promise<void> {
  makeFolder(dirname(target));
  const handle = await open(target, "w");
  try {
    for await (const piece of bytes.pieces(size)) await handle.writeFile(piece);
  } finally {
    await handle.close();
  }
}

function paddingOf(size: number): number {
  return (tarBlockBytes - (size % tarBlockBytes)) % tarBlockBytes;
}

function untilZero(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end === -1 ? undefined : end).toString("utf8");
}

/** Takes exact numbers of bytes from a stream of chunks. */
class TarBytes {
  private readonly archive: string;
  private readonly chunks: AsyncIterator<Buffer>;
  private chunk: Buffer = Buffer.alloc(0);

  constructor(archive: string, stream: AsyncIterable<Buffer>) {
    this.archive = archive;
    this.chunks = stream[Symbol.asyncIterator]();
  }

  /** The next `count` bytes in pieces as they come. */
  async *pieces(count: number): AsyncGenerator<Buffer> {
    let missing = count;
    while (missing > 0) {
      if (this.chunk.length === 0 && !(await this.pull())) {
        throw fileError(this.archive, null, "cut off: the archive ends in the middle");
      }
      const piece = this.chunk.subarray(0, missing);
      this.chunk = this.chunk.subarray(piece.length);
      missing -= piece.length;
      yield piece;
    }
  }

  async take(count: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.pieces(count)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async skip(count: number): Promise<void> {
    for await (const _piece of this.pieces(count));
  }

  async drain(): Promise<void> {
    while (await this.pull());
  }

  private async pull(): Promise<boolean> {
    const { done, value } = await this.chunks.next();
    if (done) return false;
    this.chunk = value;
    return true;
  }
}
