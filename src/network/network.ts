import { type Dispatcher, request as undiciRequest } from "undici";
import { checkTruths } from "../checkNumbers.ts";
import { interrupted, ScidocsError, unlessAborted } from "../errors.ts";
import { systemTrouble } from "../files/pathError.ts";
import { type OptionNames, refuseUnknownOptions } from "../options.ts";
import { printable } from "../printable.ts";
import { scidocsVersion } from "../version.ts";
import { basicAuthorization } from "./credentials.ts";
import { openRoutes, proxyRefusal, type Route, type Routes } from "./proxies.ts";
import { TransientFailure } from "./retry.ts";

/** One HTTP request. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
}

/** An answer whose body has not been read. Exactly one of `body` and `discard` must be used. */
export interface HttpResponse {
  readonly status: number;
  /** A header's value by its lower-case name; several values are joined by a comma. */
  readonly header: (name: string) => string | null;
  /** The bytes as they come. Fails with {@link TransientFailure} when the connection breaks or stalls. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Drops the body and frees the connection. */
  readonly discard: () => Promise<void>;
}

/** The one way out: every request of scidocs goes through one of these. */
export interface Network {
  /**
   * Sends a request and waits for the answer's head. GET follows up to five redirects.
   * @throws ScidocsError `UNAVAILABLE` at once when offline, `INTERRUPTED` when the signal is aborted
   * @throws TransientFailure when the connection cannot be made, breaks or stalls
   */
  readonly send: (request: HttpRequest, signal?: AbortSignal) => Promise<HttpResponse>;
  /** Ends every connection. */
  readonly close: () => Promise<void>;
}

/** How a {@link Network} behaves. */
export interface NetworkOptions {
  /** Make every request an error at once. Default false. */
  readonly offline?: boolean;
  /** Where `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` (either case) are read from. Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds without a byte after which a connection counts as broken. Default 30,000. */
  readonly stallMs?: number;
}

const optionNames: OptionNames<NetworkOptions> = { offline: true, env: true, stallMs: true };

const userAgent = `scidocs/${scidocsVersion()}`;
/** Milliseconds that a connection may take to come about. */
const connectMs = 4000;
/** Milliseconds after which a machine that reached nothing at all is taken to be without a network: the next failure is the last. */
const unreachableMs = 1500;
/** What says that a host was not reached, as against one that answers badly. */
const unreachableCodes = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "ENETDOWN",
  "EHOSTUNREACH",
  "ECONNREFUSED",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const redirectLimit = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

/** Opens the network, or its closed door where `offline`. No connection is made before the first request. */
export function openNetwork(options: NetworkOptions = {}): Network {
  refuseUnknownOptions("openNetwork", options, optionNames);
  checkTruths("openNetwork", options, ["offline"]);
  if (options.offline === true) return { send: refuse, close: async () => {} };
  const env = options.env ?? process.env;
  const stallMs = options.stallMs ?? 30_000;
  const routes = openRoutes(env, stallMs, connectMs);
  const reach: Reach = { answered: false, triedAtMs: null, stallMs };
  return {
    send: (request, signal) => sendVia(routes, request, reach, signal),
    close: routes.close,
  };
}

async function refuse(request: HttpRequest): Promise<never> {
  throw new ScidocsError(
    "UNAVAILABLE",
    `offline: ${request.url.origin} was not asked; leave out --offline to let this command use the network`,
  );
}

/** Whether anything was ever reached, since when it has been tried, and what counts as stalled. */
interface Reach {
  answered: boolean;
  triedAtMs: number | null;
  readonly stallMs: number;
}

async function sendVia(
  routes: Routes,
  request: HttpRequest,
  reach: Reach,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  let url = request.url;
  for (let hops = 0; ; hops++) {
    const response = await sendOnce(routes.to(url), { ...request, url }, reach, signal);
    const location = response.header("location");
    if (request.method !== "GET" || !redirects.has(response.status) || location === null) return response;
    await response.discard();
    const next = URL.canParse(location, url.href) ? new URL(location, url) : null;
    if (hops >= redirectLimit || next === null || !/^https?:$/.test(next.protocol)) {
      throw new ScidocsError("UNAVAILABLE", `${url.origin} redirects in a way that cannot be followed`);
    }
    if (url.protocol === "https:" && next.protocol === "http:") {
      throw new ScidocsError("UNAVAILABLE", `${url.origin} redirects from https to plain http; that is refused`);
    }
    url = next;
  }
}

async function sendOnce(
  route: Route,
  request: HttpRequest,
  reach: Reach,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  if (signal?.aborted) throw interrupted();
  const { url } = request;
  const authorization = basicAuthorization(url);
  // The library passes over a name and a password that stand in an address.
  const named = authorization === null ? {} : { authorization };
  const headers = { "user-agent": userAgent, "accept-encoding": "identity", ...named, ...request.headers };
  reach.triedAtMs ??= performance.now();
  let answer: Dispatcher.ResponseData;
  try {
    // A request that waits for its connection does not hear of the signal.
    answer = await unlessAborted(
      undiciRequest(url.href, {
        dispatcher: route.dispatcher,
        method: request.method,
        headers,
        body: request.body ?? null,
        signal: signal ?? null,
      }),
      signal,
    );
  } catch (cause) {
    const failure = connectionFailure(url, cause, signal, route.proxy);
    throw signal?.aborted ? failure : (unreachable(failure, cause, reach, route.proxy) ?? failure);
  }
  reach.answered = true;
  const { body } = answer;
  // A body that is given up ends in an error that nobody reads.
  body.on("error", () => {});
  return {
    status: answer.statusCode,
    header: (name) => {
      const value = answer.headers[name];
      return value === undefined ? null : Array.isArray(value) ? value.join(", ") : value;
    },
    body: received(url, body, reach.stallMs, signal),
    discard: async () => {
      body.destroy();
    },
  };
}

/** A connection must bring so much in the time after which it would count as stalled: one that drips would otherwise never end. */
const leastBytes = 2 ** 15;

async function* received(
  url: URL,
  body: AsyncIterable<Uint8Array>,
  stallMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let waitedMs = 0;
  let bytes = 0;
  let askedAt = performance.now();
  try {
    for await (const chunk of body) {
      waitedMs += performance.now() - askedAt;
      bytes += chunk.length;
      if (bytes >= leastBytes) {
        bytes = 0;
        waitedMs = 0;
      } else if (waitedMs > stallMs) {
        throw new TransientFailure(`${url.host}: sends less than ${leastBytes / 1024} KiB in ${stallMs / 1000} s`);
      }
      yield chunk;
      askedAt = performance.now();
    }
  } catch (cause) {
    throw cause instanceof TransientFailure ? cause : connectionFailure(url, cause, signal);
  }
}

/** Parts of a query whose names say that they are keys. */
const keyInQuery = /([?&][^=&#]*(?:sig|token|key|secret|pass|auth|cred)[^=&#]*=)[^&#]*/gi;

/** An address for people: without the name and the password that may stand in it, and without keys in its query. */
export function shownAddress(address: URL | string): string {
  const text = String(address).replace(keyInQuery, "$1***");
  if (!text.includes("@")) return printable(text, 300);
  if (!URL.canParse(text)) return printable(text.replace(/[^/@]*@/g, ""), 300);
  const shown = new URL(text);
  shown.username = "";
  shown.password = "";
  return printable(shown.href, 300);
}

/** The error where nothing was ever reached for long enough; null where another try may help. */
function unreachable(failure: Error, cause: unknown, reach: Reach, proxy: string | null): ScidocsError | null {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const triedMs = performance.now() - (reach.triedAtMs ?? 0);
  if (reach.answered || !unreachableCodes.has(code) || triedMs < unreachableMs) return null;
  const hint =
    proxy === null
      ? "behind a proxy, set HTTPS_PROXY"
      : `HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names the proxy ${printable(proxy)}`;
  return new ScidocsError(
    "UNAVAILABLE",
    `${failure.message}; nothing could be reached: is there a network here? ${hint}`,
    { cause },
  );
}

/** What a failed connection means to its caller: an interruption, or something that may pass. */
function connectionFailure(
  url: URL,
  cause: unknown,
  signal: AbortSignal | undefined,
  proxy: string | null = null,
): Error {
  if (signal?.aborted) return interrupted();
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  // Memory that the system does not grant has nothing to do with the server, and another try does not bring it.
  const trouble = code === "" ? systemTrouble(cause) : null;
  if (trouble !== null) return trouble;
  const reason =
    code === "UND_ERR_BODY_TIMEOUT" || code === "UND_ERR_HEADERS_TIMEOUT"
      ? "the connection stalled"
      : code.startsWith("ERR_SSL_")
        ? `TLS fails: ${code.slice("ERR_SSL_".length).toLowerCase().replaceAll("_", " ")}`
        : cause instanceof Error && cause.message !== ""
          ? printable(cause.message, 200)
          : code || "the connection broke";
  if (code === proxyRefusal) return new ScidocsError("UNAVAILABLE", `${url.host}: ${reason}`, { cause });
  // What fails of a tunnel says itself whether it is the proxy.
  const over = proxy === null || url.protocol === "https:" ? "" : `the proxy ${printable(proxy)}: `;
  return new TransientFailure(`${url.host}: ${over}${reason}`, null, cause);
}

/**
 * Reads a whole body as text, at most `limit` bytes of it.
 * @throws ScidocsError `UNAVAILABLE` when there is more, when it is packed, or when it is not UTF-8
 */
export async function readText(response: HttpResponse, what: string, limit = 32 * 2 ** 20): Promise<string> {
  const encoding = response.header("content-encoding");
  if (encoding !== null && encoding !== "identity") {
    await response.discard();
    throw new ScidocsError(
      "UNAVAILABLE",
      `${what}: the answer comes ${printable(encoding)}-encoded, which was not asked for; is a proxy in between?`,
    );
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > limit) {
      // Leaving the loop by an error destroys the body's stream.
      throw new ScidocsError("UNAVAILABLE", `${what}: the answer is longer than ${limit} bytes, which cannot be right`);
    }
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new ScidocsError("UNAVAILABLE", `${what}: the answer is not UTF-8 text`, { cause });
  }
}
