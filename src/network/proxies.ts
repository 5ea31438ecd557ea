import { type Dispatcher, EnvHttpProxyAgent, Pool } from "undici";
import { ScidocsError } from "../errors.ts";

/**
 * Connections to a proxy, over which tunnels are asked for. When the proxy hangs up instead of answering, the client behind would ask it
 * again at once and for ever, since for it that may happen to any connection; here it is an error like others, and so is its silence.
 * @param closed ends what is being asked for
 */
function tunnels(origin: URL, options: object, stallMs: number, closed: AbortSignal): Pool {
  const pool = new Pool(origin, options);
  const connect = pool.connect.bind(pool);
  const careful = async (asked: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> => {
    try {
      return await connect({ ...asked, signal: AbortSignal.any([closed, AbortSignal.timeout(stallMs)]) });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
      throw Object.assign(new Error(`the proxy: ${reason}`, { cause }), {
        code: code === "UND_ERR_SOCKET" ? "ECONNRESET" : code,
      });
    }
  };
  return Object.assign(pool, { connect: careful });
}

/** What sends requests, and what ends it with all its connections. */
export interface ProxyAgent {
  readonly dispatcher: Dispatcher;
  readonly close: () => Promise<void>;
}

/**
 * What sends requests, over the proxies that the environment names.
 * @param stallMs milliseconds without a byte after which a connection counts as broken
 * @param connectMs milliseconds that a connection may take to come about
 */
export function proxyAgent(
  env: Readonly<Record<string, string | undefined>>,
  stallMs: number,
  connectMs: number,
): ProxyAgent {
  const closed = new AbortController();
  const proxy = (name: string): string =>
    env[`${name}_proxy`] || env[`${name.toUpperCase()}_PROXY`] || env.all_proxy || env.ALL_PROXY || "";
  try {
    const agent = new EnvHttpProxyAgent({
      httpProxy: proxy("http"),
      httpsProxy: proxy("https"),
      noProxy: env.no_proxy || env.NO_PROXY || "",
      headersTimeout: stallMs,
      bodyTimeout: stallMs,
      connect: { timeout: Math.min(stallMs, connectMs) },
      requestTls: { timeout: Math.min(stallMs, connectMs) },
      clientFactory: (origin, options) => tunnels(origin, options, stallMs, closed.signal),
      // Plain http goes to a proxy as http, as curl does it: many proxies open tunnels to port 443 only.
      proxyTunnel: false,
    });
    // `destroy`, not `close`: nobody waits for bodies that were given up.
    return {
      dispatcher: agent,
      close: () => {
        closed.abort();
        return agent.destroy();
      },
    };
  } catch (cause) {
    throw new ScidocsError("USAGE", "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY is not a URL such as http://host:3128", {
      cause,
    });
  }
}
