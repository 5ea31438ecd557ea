import { readFileSync } from "node:fs";
import { packageRoot } from "./packageRoot.ts";

/** The program's version, as package.json states it. */
export function scidocsVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("package.json", packageRoot), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown";
}
