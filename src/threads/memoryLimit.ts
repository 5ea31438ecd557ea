import { totalmem } from "node:os";

/** Memory that this process may use, in bytes: the machine's, or a container's limit where that is lower. */
export function memoryLimitBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
