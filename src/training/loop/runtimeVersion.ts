import { createRequire } from "node:module";

/** Version of the package that does the arithmetic. */
export function runtimeVersion(): string {
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
  return version;
}
