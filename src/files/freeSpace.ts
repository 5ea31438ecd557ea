import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isNotFound, pathError } from "./pathError.ts";

/** What a file system says that cannot be asked. */
const unknown = ["ENOSYS", "ENOTSUP", "EOPNOTSUPP"];

/**
 * Bytes free on the disk of a folder, or of the nearest one above it that is there; null where the file system does not tell: some that
 * are mounted from the network claim to have no blocks at all.
 * @throws ScidocsError `BAD_INPUT` when it cannot be asked
 */
export async function freeBytes(folder: string): Promise<number | null> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    try {
      const { blocks, bavail, bsize } = await statfs(path);
      return blocks === 0 ? null : bavail * bsize;
    } catch (error) {
      if (error instanceof Error && "code" in error && unknown.includes(String(error.code))) return null;
      if (!isNotFound(error) || path === dirname(path)) throw pathError(folder, error);
    }
  }
}
