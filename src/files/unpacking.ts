import { Transform } from "node:stream";
import { fileError } from "../errors.ts";

/** What a packed file may unpack to whatever its size. */
const freeBytes = 64 * 2 ** 20;
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
        done(
          fileError(
            path,
            null,
            `unpacks to more than ${mostTimes} times its ${packedBytes} bytes, as nothing of its kind does; if that is right, unpack it yourself (gunzip)`,
          ),
        );
      }
    },
  });
}
