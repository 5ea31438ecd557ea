import { join } from "node:path";
import { ScidocsError } from "../../errors.ts";
import { acquireLock } from "../../files/processLock.ts";

/**
 * Does something to a training's folder that no other process may do meanwhile: train into it, or remove what was trained.
 * @param output a folder that is there
 * @param work gets what throws ScidocsError `BAD_INPUT` when the folder is another process's by now: one that was halted for minutes, with its
 *   container or its machine, may have been succeeded
 * @throws ScidocsError `BAD_INPUT` naming the process that is training into it
 */
export async function withTrainingLock<T>(output: string, work: (requireHeld: () => void) => Promise<T>): Promise<T> {
  const path = join(output, "training.lock");
  const lock = await acquireLock(path);
  if ("holder" in lock) {
    throw new ScidocsError(
      "BAD_INPUT",
      `${output}: process ${lock.holder.pid} on ${lock.holder.host} is training into it; wait for it, use another folder, or delete ${path} if there is no such process; a lock of a container of this machine that has ended, or of a machine that was started anew, is given up after three minutes`,
    );
  }
  try {
    return await work(() => {
      if (lock.isHeld()) return;
      throw new ScidocsError(
        "BAD_INPUT",
        `${output}: ${path} is no longer this process's: it stood still for minutes and another has taken the training over, or somebody deleted the lock; the same command goes on from the newest checkpoint when nobody else trains into the folder`,
      );
    });
  } finally {
    await lock.release();
  }
}
