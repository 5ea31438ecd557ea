import { Worker } from "node:worker_threads";
import { fileError, interrupted, throwIfAborted } from "../errors.ts";
import { builtFile } from "../threads/builtFile.ts";
import { prepareNativeEnvironment } from "../threads/nativeEnvironment.ts";

/**
 * Loads a model in a thread of its own and lets it go again: a file that was just written is known to work before anyone relies on it.
 * @throws ScidocsError `BAD_INPUT` when ONNX Runtime does not take it, `INTERRUPTED`
 */
export async function checkModel(path: string, signal?: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  prepareNativeEnvironment();
  const worker = new Worker(builtFile(import.meta.url, "./checkModelWorker.js"), { workerData: path });
  try {
    // An abort waits for the answer: a thread that is terminated inside ONNX Runtime takes the whole process with it.
    const problem = await new Promise<string | null>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", () => reject(interrupted()));
    });
    throwIfAborted(signal);
    if (problem !== null) throw fileError(path, null, `the written model cannot be loaded: ${problem}`);
  } finally {
    await worker.terminate();
  }
}
