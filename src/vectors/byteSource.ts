import type { ReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { fileError } from "../errors.ts";
import { pathError } from "../files/pathError.ts";
import { streamRegular } from "../files/regularFile.ts";
import { isPacked, refuseLargeUnpacked, unpackingLimit } from "../files/unpacking.ts";

/** Numbers as text shrink to a half, those of small integers to a tenth. */
const mostTimesPacked = 50;

/** A piece of a file's text, and how many bytes of the file (compressed, if it is) have been read to get here. */
export interface Piece {
  readonly bytes: Buffer;
  readonly bytesRead: number;
}

/**
 * The bytes of a file from start to end, unpacked if its name ends in `.gz`.
 * @throws ScidocsError `NOT_FOUND` for a missing file, `BAD_INPUT` for an unreadable one and for a gzip file that is
 * cut off or damaged
 */
export async function* piecesOf(path: string): AsyncGenerator<Piece> {
  const { file, bytes: packed } = await openFile(path);
  const zipped = isPacked(path);
  const stream = zipped
    ? pipeline(file, createGunzip({ chunkSize: 2 ** 20 }), unpackingLimit(path, packed, mostTimesPacked), () => {})
    : file;
  try {
    for await (const bytes of stream as AsyncIterable<Buffer>) yield { bytes, bytesRead: file.bytesRead };
  } catch (error) {
    const unzipping = error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
    if (unzipping) throw fileError(path, null, "is not a whole gzip file; fetch or write it again", error);
    throw pathError(path, error);
  } finally {
    file.destroy();
  }
}

async function openFile(path: string): Promise<{ file: ReadStream; bytes: number }> {
  try {
    const { size } = await stat(path);
    if (isPacked(path)) await refuseLargeUnpacked(path, mostTimesPacked);
    return { file: await streamRegular(path, 2 ** 20), bytes: size };
  } catch (error) {
    throw pathError(path, error);
  }
}

/**
 * The lines of a file, without their line feeds; a last line need not have one.
 * @throws what {@link piecesOf} throws, and `BAD_INPUT` for a line of more than `maxLineBytes`
 */
export async function* linesOf(path: string, maxLineBytes: number): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const { bytes } of piecesOf(path)) {
    let start = 0;
    for (let feed = bytes.indexOf(0x0a); feed >= 0; feed = bytes.indexOf(0x0a, start)) {
      yield Buffer.concat([...rest, bytes.subarray(start, feed)]).toString("utf8");
      rest = [];
      restBytes = 0;
      start = feed + 1;
    }
    rest.push(bytes.subarray(start));
    restBytes += bytes.length - start;
    if (restBytes > maxLineBytes) throw longLineError(path, maxLineBytes);
  }
  if (restBytes > 0) yield Buffer.concat(rest).toString("utf8");
}

/** What is said of a file whose lines do not end: it is hardly JSON lines. */
export function longLineError(path: string, maxLineBytes: number) {
  return fileError(
    path,
    null,
    `holds a line of more than ${Math.floor(maxLineBytes / 1e6)} MB; expected JSON lines, one object a line`,
  );
}
