import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { fileError, type ScidocsError } from "../../errors.ts";
import { headerMagic } from "./storeFormat.ts";

/** What the vectors of a store are: their fingerprint and, for people, the settings behind it. */
export interface StoreIdentity {
  /** SHA-256 (hex) of everything that can change a number. */
  readonly fingerprint: string;
  /** The settings that the fingerprint was made of, flat. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * Checks that a file is a store of this fingerprint; returns where its header ends.
 * @throws ScidocsError `BAD_INPUT` naming what differs, or for a file that is not a store
 */
export async function checkHeader(file: string, identity: StoreIdentity): Promise<number> {
  const { bytes, content } = await readHeader(file);
  if (content.fingerprint === identity.fingerprint) return bytes;
  const differences = settingsDifferences(content.settings, identity.settings);
  throw fileError(
    file,
    null,
    `holds vectors made otherwise (${differences.join("; ") || "another fingerprint"}); name a folder with --store, where each setting has its own file`,
  );
}

/** What differs between two settings: `pooling: mean there, cls now`. */
function settingsDifferences(
  there: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): string[] {
  const shown = (value: unknown): string => {
    const text = typeof value === "string" ? value : JSON.stringify(value ?? null);
    return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 12)}…` : text;
  };
  return [...new Set([...Object.keys(there), ...Object.keys(now)])]
    .filter((name) => there[name] !== now[name])
    .map((name) => `${name}: ${shown(there[name])} there, ${shown(now[name])} now`);
}

/** Largest header that is read: settings are short. */
const maxHeaderBytes = 1 << 20;

/**
 * Reads what a store's file says its vectors are.
 * @throws ScidocsError `BAD_INPUT` for a file that is not a store or whose header is damaged
 */
async function readHeader(file: string): Promise<{ bytes: number; content: StoreIdentity }> {
  const handle = await open(file, "r");
  const { bytesRead, buffer } = await handle
    .read(Buffer.alloc(maxHeaderBytes), 0, maxHeaderBytes, 0)
    .finally(() => handle.close());
  const beginning = buffer.subarray(0, bytesRead);
  const damaged = (problem: string): ScidocsError =>
    fileError(file, null, `${problem}; name another place with --store, or delete this file if it is a damaged store`);
  if (!beginning.subarray(0, 8).equals(headerMagic))
    throw damaged("not a store of vectors, or its beginning is damaged");
  const jsonBytes = beginning.length < 12 ? beginning.length : beginning.readUInt32LE(8);
  const end = 12 + jsonBytes;
  const checksum = beginning.subarray(end, end + 32);
  if (!createHash("sha256").update(beginning.subarray(0, end)).digest().equals(checksum)) {
    throw damaged("the header is damaged");
  }
  const content: unknown = JSON.parse(beginning.toString("utf8", 12, end));
  if (!isIdentity(content)) throw damaged("the header is not one of this version");
  return { bytes: end + 32, content };
}

function isIdentity(value: unknown): value is StoreIdentity {
  return (
    typeof value === "object" &&
    value !== null &&
    "fingerprint" in value &&
    typeof value.fingerprint === "string" &&
    "settings" in value &&
    typeof value.settings === "object" &&
    value.settings !== null
  );
}
