import { fileError, ScidocsError } from "../errors.ts";
import { builtFile } from "../threads/builtFile.ts";
import { type Threads, withThreads } from "../threads/threads.ts";

/**
 * Loads a model in a thread of its own and lets it go again: a file that was just written is known to work before anyone relies on it.
 * @throws ScidocsError `BAD_INPUT` when ONNX Runtime does not take it, `INTERRUPTED`
 */
export async function checkModel(path: string, signal?: AbortSignal): Promise<void> {
  const script = builtFile(import.meta.url, "./checkModelWorker.js");
  try {
    await withThreads({ script, native: true, signal }, (threads: Threads<string, null>) => threads.call(path));
  } catch (error) {
    if (!(error instanceof ScidocsError) || error.code !== "BAD_INPUT") throw error;
    throw fileError(path, null, `the written model cannot be loaded: ${error.message}`, error);
  }
}
