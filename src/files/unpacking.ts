import { closeSync, fstatSync } from "node:fs";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { fileError, ScidocsError } from "../errors.ts";
import { openRegularSync, readAtSync, streamRegular } from "./regularFile.ts";

/** What a packed file may unpack to whatever its size. */
const freeBytes = 64 * 2 ** 20;

const tooMuch = (path: string, packedBytes: number, mostTimes: number): ScidocsError =>
  fileError(
    path,
    null,
    `unpacks to more than ${mostTimes} times its ${packedBytes} bytes, as nothing of its kind does; if that is right, unpack it yourself (gunzip)`,
  );

/**
 * Refuses a gzip file that unpacks to more than it may, before anything of it is kept: one that says so at its end is unpacked once for
 * its length alone, for the end of a file that was cut off says anything. One that says less than there is meets {@link unpackingLimit}.
 * @throws ScidocsError `BAD_INPUT`; what {@link openRegularSync} throws
 */
export async function refuseLargeUnpacked(path: string, mostTimes: number): Promise<void> {
  const { size, said } = endOf(path);
  // A size is told modulo 2^32: a larger file says nothing of use.
  if (said <= freeBytes + mostTimes * size) return;
  try {
    await pipeline(
      await streamRegular(path, 2 ** 20),
      createGunzip({ chunkSize: 2 ** 20 }),
      unpackingLimit(path, size, mostTimes),
      async (pieces) => {
        for await (const _piece of pieces);
      },
    );
  } catch (error) {
    if (error instanceof ScidocsError) throw error;
    // What else is wrong with it, its reader says in better words.
  }
}

/** A packed file's bytes, and how many it says that it unpacks to. */
function endOf(path: string): { readonly size: number; readonly said: number } {
  const descriptor = openRegularSync(path);
  try {
    const { size } = fstatSync(descriptor);
    const bytes = readAtSync(descriptor, Math.max(0, size - 4), 4);
    return { size, said: bytes.length === 4 ? bytes.readUInt32LE() : 0 };
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Passes unpacked bytes on, as long as they may come out of a file of this size.
 * @param packedBytes size of the whole packed file
 * @param mostTimes how often its own size it may hold: vectors and texts shrink to a half or a tenth, only a bomb to a thousandth
 */
export function unpackingLimit(path: string, packedBytes: number, mostTimes: number): Transform {
  const most = freeBytes + mostTimes * packedBytes;
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= most) done(null, chunk);
      else {
        done(tooMuch(path, packedBytes, mostTimes));
      }
    },
  });
}

/** Whether a file's name says that it is gzip, in whatever case. */
export function isPacked(path: string): boolean {
  return /\.gz$/i.test(path);
}
