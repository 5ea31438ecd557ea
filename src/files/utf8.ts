import { isUtf8 } from "node:buffer";
import { fileError } from "../errors.ts";

/** Said of a file that is gzip where plain text is read. */
export const packedWithGzip = "is packed with gzip; unpack it first (gunzip)";

/** The text of a file's bytes, a byte order mark at its start removed. @throws ScidocsError `BAD_INPUT` for what is not UTF-8 */
export function decodeText(bytes: Buffer, file: string): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw fileError(file, null, packedWithGzip);
  if (!isUtf8(bytes)) throw fileError(file, badUtf8Line(bytes), "not UTF-8 text");
  const text = bytes.toString("utf8");
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** First line, from 1, that is not UTF-8. */
function badUtf8Line(bytes: Buffer): number {
  let start = 0;
  for (let line = 1; ; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}
