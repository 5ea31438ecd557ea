import { ScidocsError } from "../../../errors.ts";

/** Where a queue is, taken apart. Nothing but the opening of a connection may see the password. */
export interface QueueAddress {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly tls: boolean;
  readonly username: string | null;
  readonly password: string | null;
  /** The address as it may be shown: without name and password. */
  readonly shown: string;
}

/** The variable that a password may come from, so that it need not stand on the command line, where `ps` shows it. */
export const passwordVariable = "SCIDOCS_QUEUE_PASSWORD";

/** Redis takes numbers of 32 bits. */
const largestDatabase = 2 ** 31 - 1;

/**
 * Takes `redis://[user][:password]@host[:port][/database]` apart; `rediss://` is the same over TLS.
 * @param env for the password, where the address has none
 * @throws ScidocsError `USAGE`; the message does not repeat the address, which may have a password in it
 */
export function parseQueueAddress(text: string, env: Readonly<Record<string, string | undefined>> = {}): QueueAddress {
  const fail: (problem: string) => never = (problem) => {
    throw new ScidocsError("USAGE", `--queue: ${problem}; expected redis://HOST:6379/0, or rediss:// for TLS`);
  };
  const url = URL.canParse(text) ? new URL(text) : fail("not an address");
  if (url.protocol !== "redis:" && url.protocol !== "rediss:") fail(`${url.protocol}// is no address of a Redis`);
  if (url.hostname === "") fail("the address names no host");
  const [, database = ""] =
    /^\/?(\d*)$/.exec(url.pathname) ?? fail("behind the host there may be a database's number only");
  if (Number(database) > largestDatabase) fail(`no Redis has a database ${database}`);
  if (url.search !== "" || url.hash !== "") fail("the address may not have ? or #");
  const port = url.port === "" ? 6379 : Number(url.port);
  const decoded = (part: string): string | null => {
    try {
      return part === "" ? null : decodeURIComponent(part);
    } catch {
      return fail("in its name or password there is a % that begins no escape; write it as %25");
    }
  };
  return {
    // An IPv6 address stands in brackets in a URL, and nowhere else.
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    database: Number(database),
    tls: url.protocol === "rediss:",
    username: decoded(url.username),
    password: decoded(url.password) ?? env[passwordVariable] ?? null,
    shown: `${url.protocol}//${url.hostname}:${port}/${Number(database)}`,
  };
}
