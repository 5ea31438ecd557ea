import { createHash } from "node:crypto";
import { hashFile } from "../files/hashFiles.ts";
import { isThere } from "../files/isThere.ts";
import { writeWhole } from "../files/writeWhole.ts";

/**
 * Sees to it that a file of the cache holds what it is to hold: one that is damaged or was changed would give other vectors under the
 * model's fingerprint, so that one that is there is compared, to the byte, and written anew where it differs.
 * @param content makes the bytes; called once or twice
 */
export async function keepCopy(
  copy: string,
  content: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  if (isThere(copy)) {
    const hash = createHash("sha256");
    for await (const chunk of content()) hash.update(chunk);
    if ((await hashFile(copy)).sha256 === hash.digest("hex")) return;
  }
  await writeWhole(copy, content());
}
