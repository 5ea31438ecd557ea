import { Agent, type Dispatcher, Pool, ProxyAgent } from "undici";
import { ScidocsError } from "../errors.ts";
import { printable } from "../printable.ts";
import { basicAuthorization } from "./credentials.ts";
import { isWithoutProxy } from "./noProxy.ts";

/**
 * Connections to a proxy, over which tunnels are asked for. When the proxy hangs up instead of answering, the client behind would ask it
 * again at once and for ever, since for it that may happen to any connection; here it is an error like others, and so is its silence.
 * @param closed ends what is being asked for
 */
function tunnels(origin: URL, options: object, stallMs: number, closed: AbortSignal): Pool {
  const pool = new Pool(origin, options);
  const connect = pool.connect.bind(pool);
  const careful = async (asked: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> => {
    let tunnel: Dispatcher.ConnectData;
    try {
      tunnel = await connect({ ...asked, signal: AbortSignal.any([closed, AbortSignal.timeout(stallMs)]) });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
      throw Object.assign(new Error(`the proxy ${origin.host}: ${reason}`, { cause }), {
        code: code === "UND_ERR_SOCKET" ? "ECONNRESET" : code,
      });
    }
    if (tunnel.statusCode === 200) return tunnel;
    tunnel.socket.on("error", () => {}).destroy();
    const status = tunnel.statusCode;
    const hint = status === 407 ? ", for it wants a name and a password: http://NAME:PASSWORD@HOST:PORT" : "";
    throw Object.assign(new Error(`the proxy ${origin.host} answers ${status} when a tunnel is asked for${hint}`), {
      code: status === 407 ? proxyRefusal : "ECONNRESET",
    });
  };
  return Object.assign(pool, { connect: careful });
}

/** The code of a proxy's refusal that trying again does not change. */
export const proxyRefusal = "PROXY_REFUSES";

/** What sends a request, and the proxy that it goes over; null for none. */
export interface Route {
  readonly dispatcher: Dispatcher;
  readonly proxy: string | null;
}

/** The ways out, and what ends them with all their connections. */
export interface Routes {
  readonly to: (url: URL) => Route;
  readonly close: () => Promise<void>;
}

/**
 * The ways out, over the proxies that the environment names; where none is named for https, over that for http.
 * @param stallMs milliseconds without a byte after which a connection counts as broken
 * @param connectMs milliseconds that a connection may take to come about
 * @throws ScidocsError `USAGE` where one is no proxy's address; the message does not repeat it, which may have a password in it
 */
export function openRoutes(
  env: Readonly<Record<string, string | undefined>>,
  stallMs: number,
  connectMs: number,
): Routes {
  const closed = new AbortController();
  const named = (name: string): string =>
    env[`${name}_proxy`] || env[`${name.toUpperCase()}_PROXY`] || env.all_proxy || env.ALL_PROXY || "";
  const noProxy = env.no_proxy || env.NO_PROXY || "";
  const timeout = Math.min(stallMs, connectMs);
  const common = { headersTimeout: stallMs, bodyTimeout: stallMs, connect: { timeout } };
  const direct: Route = { dispatcher: new Agent(common), proxy: null };
  const over = (text: string): Route | null => {
    if (text === "") return null;
    const url = proxyAddress(text);
    const authorization = basicAuthorization(url);
    const isSocks = /^socks/.test(url.protocol);
    const dispatcher = new ProxyAgent({
      ...common,
      uri: isSocks ? url.href : url.origin,
      ...(authorization === null || isSocks ? {} : { token: authorization }),
      requestTls: { timeout },
      // For another kind these would be a wish for TLS.
      ...(isSocks ? {} : { proxyTls: { timeout } }),
      clientFactory: (origin, options) => tunnels(origin, options, stallMs, closed.signal),
      // Plain http goes to a proxy as http, as curl does it: many proxies open tunnels to port 443 only.
      proxyTunnel: false,
    });
    return { dispatcher, proxy: url.host };
  };
  const http = over(named("http")) ?? direct;
  const https = over(named("https")) ?? http;
  return {
    to: (url) => (isWithoutProxy(url, noProxy) ? direct : url.protocol === "https:" ? https : http),
    // `destroy`, not `close`: nobody waits for bodies that were given up.
    close: async () => {
      closed.abort();
      await Promise.all([...new Set([direct, http, https])].map(({ dispatcher }) => dispatcher.destroy()));
    },
  };
}

/** A proxy's address; one without a scheme is meant as http, as in curl. */
function proxyAddress(given: string): URL {
  const text = /^\s*[a-z][a-z\d+.-]*:\/\//i.test(given) ? given.trim() : `http://${given.trim()}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isProxy = url !== null && /^(https?|socks5?):$/.test(url.protocol) && url.hostname !== "";
  if (isProxy) return url;
  const scheme = url === null ? "" : `; one that begins with ${printable(url.protocol)}// is not spoken with`;
  throw new ScidocsError(
    "USAGE",
    `HTTP_PROXY, HTTPS_PROXY or ALL_PROXY is not a URL such as http://host:3128${scheme}`,
  );
}
