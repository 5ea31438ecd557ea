import { createHash } from "node:crypto";
import { fileError } from "../../errors.ts";
import { readAtSync } from "../../files/regularFile.ts";
import { printableValue } from "../../printable.ts";
import { headerMagic } from "./storeFormat.ts";

/** What the vectors of a store are: their fingerprint and, for people, the settings behind it. */
export interface StoreIdentity {
  /** SHA-256 (hex) of everything that can change a number. */
  readonly fingerprint: string;
  /** The settings that the fingerprint was made of, flat. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * Checks that a segment holds vectors of this fingerprint.
 * @throws ScidocsError `BAD_INPUT` naming what differs
 */
export function requireIdentity(file: string, there: StoreIdentity, now: StoreIdentity): void {
  if (there.fingerprint === now.fingerprint) return;
  const differences = settingsDifferences(there.settings, now.settings);
  throw fileError(
    file,
    null,
    `holds vectors made otherwise (${differences.join("; ") || "another fingerprint"}); name a folder with --store, where each setting has a store of its own`,
  );
}

/** What differs between two settings: `pooling: mean there, cls now`. */
function settingsDifferences(
  there: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): string[] {
  const shown = (value: unknown): string => {
    const text = typeof value === "string" ? value : printableValue(value, 300);
    return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 12)}…` : text;
  };
  return [...new Set([...Object.keys(there), ...Object.keys(now)])]
    .filter((name) => there[name] !== now[name])
    .map((name) => `${name}: ${shown(there[name])} there, ${shown(now[name])} now`);
}

/** Largest header that is read: settings are short. */
const maxHeaderBytes = 1 << 20;

/** A segment's beginning: what it says its vectors are, that it is not whole (yet), or why it cannot be used. */
export type HeaderOutcome =
  | { readonly bytes: number; readonly identity: StoreIdentity }
  | { readonly problem: string; readonly isPending: boolean };

/** Reads the header at the start of a segment's bytes. A writer that has just begun, or died beginning, leaves a pending one. */
export function readHeader(descriptor: number): HeaderOutcome {
  const start = readAtSync(descriptor, 0, 12);
  if (!headerMagic.subarray(0, start.length).equals(start.subarray(0, headerMagic.length))) {
    return { problem: "not a store of vectors, or its beginning is damaged", isPending: false };
  }
  if (start.length < 12) return { problem: "its beginning is missing", isPending: true };
  const jsonBytes = start.readUInt32LE(8);
  if (jsonBytes > maxHeaderBytes) return { problem: "the header is damaged", isPending: false };
  const end = 12 + jsonBytes;
  const bytes = readAtSync(descriptor, 0, end + 32);
  if (bytes.length < end + 32) return { problem: "its beginning is missing", isPending: true };
  if (!createHash("sha256").update(bytes.subarray(0, end)).digest().equals(bytes.subarray(end))) {
    return { problem: "the header is damaged", isPending: false };
  }
  const identity: unknown = JSON.parse(bytes.toString("utf8", 12, end));
  if (!isIdentity(identity)) return { problem: "the header is not one of this version", isPending: false };
  return { bytes: end + 32, identity };
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
