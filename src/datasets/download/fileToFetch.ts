import type { Network } from "../../network/network.ts";
import type { RetryPolicy } from "../../network/retry.ts";
import type { FileHasher } from "./downloadHash.ts";
import type { StoredObject } from "./downloadListing.ts";

/** One object and where it goes. */
export interface FileToFetch {
  /** Path in the dataset, for messages. */
  readonly path: string;
  readonly url: URL;
  readonly object: StoredObject;
  /** Where the whole file goes. */
  readonly target: string;
  /** Where its first bytes are collected. */
  readonly part: string;
}

/** What fetching needs beside the file. */
export interface FetchTools {
  readonly network: Network;
  readonly retry: RetryPolicy;
  readonly hasher: FileHasher;
  readonly signal: AbortSignal | undefined;
  /** Runs one request when there is room for it. Waiting to try again and checking what came are done outside, so that others use the line. */
  readonly inSlot: (request: () => Promise<void>) => Promise<void>;
  /** Told how many bytes of the file are there. */
  readonly onPosition: (path: string, bytes: number) => void;
}

/** What it took. */
export interface FetchedFile {
  /** Bytes received, those thrown away included. */
  receivedBytes: number;
  /** Requests that failed and were repeated. */
  retries: number;
  /** Times the file was begun anew: the store ignored the range, or the bytes did not match. */
  restarts: number;
  /** Bytes that an earlier run had left. */
  resumedBytes: number;
}
