import { createHash } from "node:crypto";
import { ScidocsError } from "../../errors.ts";
import { credentialsOf } from "../../network/credentials.ts";
import { shownAddress } from "../../network/network.ts";
import type { StoreIdentity } from "../store/store.ts";

/** A paper as an API is asked about it. */
export interface ApiPaper {
  readonly id: string;
  /** Null where there is none; never read by models that take ids. */
  readonly title: string | null;
  readonly abstract: string | null;
}

/** One answered paper. */
export interface ApiVector {
  /** Null where the API knows no vector of the paper. */
  readonly vector: Float32Array | null;
  /** The version that the API names for it; null where it names none. */
  readonly version: string | null;
  /** Another paper that the API has merged this one into. */
  readonly mergedInto?: string;
}

/** A model that is asked over the network, fully described. */
export interface ApiModel {
  /** What `--model` was given: `api:specter`. */
  readonly name: string;
  /** Whether it is sent texts, or ids only. */
  readonly needs: "texts" | "ids";
  readonly identity: StoreIdentity;
  /** What a reader of the numbers must know, one sentence. */
  readonly note: string;
  /** Most papers of one request. */
  readonly batchSize: number;
  /** Requests under way at a time, and the least time between the starts of two, in milliseconds. */
  readonly concurrency: number;
  readonly intervalMs: number;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Words that must not appear in any message. */
  readonly secrets: readonly string[];
  /** The request's body, to be sent as JSON. */
  readonly bodyOf: (papers: readonly ApiPaper[]) => unknown;
  /**
   * Vectors of the papers, in their order, from the answer's JSON.
   * @throws ScidocsError `UNAVAILABLE` when it has another shape
   */
  readonly read: (answer: unknown, papers: readonly ApiPaper[]) => ApiVector[];
}

/** Where an API is and who asks. */
export interface ApiOptions {
  /** In place of the API's public address. */
  readonly apiUrl?: string | undefined;
  /** Let the key travel over plain http. Default false: that is an error. */
  readonly insecure?: boolean | undefined;
  /** Where `S2_API_KEY` is read from. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * An API's address: the one given, or its public one.
 * @throws ScidocsError `USAGE` for what is none, and for a name and a password that would travel in the clear
 */
export function apiAddress(options: ApiOptions, publicAddress: string): URL {
  const text = options.apiUrl ?? publicAddress;
  if (text.length > longestAddress) {
    throw new ScidocsError("USAGE", `--api-url has ${text.length} characters, more than any address`);
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new ScidocsError("USAGE", `--api-url ${shownAddress(text)}: give an address such as ${publicAddress}`);
  }
  if (`${url.username}${url.password}` !== "" && url.protocol === "http:" && options.insecure !== true) {
    throw new ScidocsError(
      "USAGE",
      `${url.origin}: the name and password of --api-url are not sent over plain http; use https, or allow it with --insecure`,
    );
  }
  url.hash = "";
  return url;
}

const longestAddress = 4000;

/** Query values from which on they may be keys. */
const shortestKey = 8;

/** What of an address must not be shown: its password, and every part of its query that may be a key. */
export function addressSecrets(url: URL): string[] {
  const values = [...url.searchParams.values()].filter((value) => value.length >= shortestKey);
  return [credentialsOf(url).password, ...values].filter((secret) => secret !== "");
}

/** The identity of an API's vectors: what was asked, where; what may be a key is in the fingerprint and not in the settings. Nothing in it tells when the model behind an address is exchanged: `requireSameModel` asks. */
export function apiIdentity(name: string, url: URL, secrets: readonly string[]): StoreIdentity {
  const asked = { model: name, url: `${url.origin}${url.pathname}${url.search}` };
  const fingerprint = createHash("sha256").update(JSON.stringify(asked)).digest("hex");
  const shown = new URL(asked.url);
  for (const [key, value] of url.searchParams) if (secrets.includes(value)) shown.searchParams.set(key, "***");
  return { settings: { ...asked, url: shown.href }, fingerprint };
}

/** An answer of another shape than the API documents. */
export function otherShape(model: string, problem: string): ScidocsError {
  return new ScidocsError(
    "UNAVAILABLE",
    `${model}: the answer has another shape than its documentation says (${problem}); is --api-url right, or has the API changed?`,
  );
}

/**
 * A list of numbers as a vector of 32-bit floats, which is what these APIs compute in.
 * @throws ScidocsError `UNAVAILABLE` when it is no list of finite numbers
 */
export function readVector(model: string, value: unknown): Float32Array {
  if (!Array.isArray(value) || value.length === 0) throw otherShape(model, "an embedding is no list of numbers");
  const vector = new Float32Array(value.length);
  for (const [index, number] of value.entries()) {
    vector[index] = typeof number === "number" ? number : Number.NaN;
    if (!Number.isFinite(vector[index])) throw otherShape(model, "an embedding has an entry that is no finite number");
  }
  return vector;
}

/** Whether a value is an object with own properties, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
