import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ScidocsError } from "../errors.ts";

/**
 * The URL of a built file (a worker's `.js`, a `.wasm`) that lies beside the calling module in `dist/`.
 * Workers and WebAssembly exist only as built files, so a module that runs from `src/` (as tests do) is led to its twin in `dist/`.
 * @param moduleUrl the caller's `import.meta.url`
 * @param relative such as `./svmWorker.js` or `./svm.wasm`
 * @throws ScidocsError `NOT_FOUND` when the project has not been built
 */
export function builtFile(moduleUrl: string, relative: string): URL {
  const url = new URL(relative, moduleUrl.replace(/\/src\/(?!.*\/src\/)/, "/dist/"));
  if (!existsSync(fileURLToPath(url))) {
    throw new ScidocsError("NOT_FOUND", `${fileURLToPath(url)} is missing: build the project first (npm run build)`);
  }
  return url;
}
