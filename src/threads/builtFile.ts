import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ScidocsError } from "../errors.ts";
import { packageRoot } from "../packageRoot.ts";

/**
 * The URL of a built file (a worker's `.js`, a `.wasm`) that lies beside the calling module in `dist/`.
 * Workers and WebAssembly exist only as built files, so a module that runs from `src/` (as tests do) is led to its twin in `dist/`.
 * @param moduleUrl the caller's `import.meta.url`
 * @param relative such as `./svmWorker.js` or `./svm.wasm`
 * @throws ScidocsError `NOT_FOUND` when the project has not been built, or not whole
 */
export function builtFile(moduleUrl: string, relative: string): URL {
  const source = new URL("src/", packageRoot).href;
  const twin = moduleUrl.startsWith(source)
    ? new URL(moduleUrl.slice(source.length), new URL("dist/", packageRoot))
    : moduleUrl;
  const url = new URL(relative, twin);
  if (!existsSync(fileURLToPath(url))) {
    const whatToDo = existsSync(fileURLToPath(source))
      ? `build the project in ${fileURLToPath(packageRoot)} first (npm run build)`
      : "the installed package is not whole; install it again";
    throw new ScidocsError("NOT_FOUND", `${fileURLToPath(url)} is missing: ${whatToDo}`);
  }
  return url;
}
