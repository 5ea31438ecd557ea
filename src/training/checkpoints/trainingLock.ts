import { join } from "node:path";
import { ScidocsError } from "../../errors.ts";
import { acquireLock } from "../../files/processLock.ts";

/**
 * Does something to a training's folder that no other process may do meanwhile: train into it, or remove what was trained.
 * @param output a folder that is there
 * @throws ScidocsError `BAD_INPUT` naming the process that is training into it
 */
export async function withTrainingLock<T>(output: string, work: () => Promise<T>): Promise<T> {
  const path = join(output, "training.lock");
  const lock = await acquireLock(path);
  if ("holder" in lock) {
    throw new ScidocsError(
      "BAD_INPUT",
      `${output}: process ${lock.holder.pid} on ${lock.holder.host} is training into it; wait for it, use another folder, or delete ${path} if there is no such process; a lock of a container that has ended is given up after three minutes`,
    );
  }
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
