import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { openNetwork, readText, shownAddress } from "../../src/network/network.ts";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(handler: Parameters<typeof createServer>[1]): Promise<{ server: Server; url: string }> {
  const server = createServer(handler as NonNullable<typeof handler>);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const get = (url: string) => ({ method: "GET", url: new URL(url) }) as const;

describe("proxies from the environment", () => {
  test("plain http goes through HTTP_PROXY as http", async () => {
    const asked: string[] = [];
    const proxy = await serve((request, response) => {
      asked.push(request.url ?? "");
      response.end("by proxy");
    });
    const network = openNetwork({ env: { HTTP_PROXY: proxy.url } });
    const response = await network.send(get("http://store.invalid/key?a=1"));
    expect(await readText(response, "answer")).toBe("by proxy");
    expect(asked).toEqual(["http://store.invalid/key?a=1"]);
    await network.close();
  });

  test("https goes through HTTPS_PROXY by a tunnel", async () => {
    const proxy = await serve(() => {});
    const tunnels: string[] = [];
    proxy.server.on("connect", (request, socket) => {
      tunnels.push(request.url ?? "");
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    const network = openNetwork({ env: { https_proxy: proxy.url } });
    await expect(network.send(get("https://store.invalid/key"))).rejects.toThrow(/403/);
    expect(tunnels).toEqual(["store.invalid:443"]);
    await network.close();
  });

  test.each(["hangs up", "says nothing"])(
    "a proxy that %s when a tunnel is asked for is told, or left",
    async (kind) => {
      let asked = 0;
      const stop = new AbortController();
      const proxy = await serve(() => {});
      proxy.server.on("connect", (_, socket) => {
        asked++;
        // Whoever gives up hangs up, and the server closes when the last one has.
        socket.resume().on("end", () => socket.destroy());
        if (kind === "hangs up") socket.destroy();
        else stop.abort();
      });
      const network = openNetwork({ env: { https_proxy: proxy.url } });
      const failure = await network
        .send(get("https://store.invalid/key"), stop.signal)
        .catch((error: unknown) => error);
      if (kind === "hangs up") {
        expect(failure).toMatchObject({
          name: "TransientFailure",
          message: /^store\.invalid: the proxy 127\.0\.0\.1:\d+: /,
        });
      } else expect(failure).toMatchObject({ code: "INTERRUPTED" });
      expect(asked).toBe(1);
      await network.close();
    },
  );

  test.each([
    ["us%40er:p%3Ass%25@", "us@er:p:ss%"],
    ["name@", "name:"],
    ["u:100%@", "u:100%"],
  ])("a proxy's name and password are said as they were meant: %s", async (named, meant) => {
    const said: unknown[] = [];
    const proxy = await serve((request, response) => {
      said.push(request.headers["proxy-authorization"]);
      response.end();
    });
    proxy.server.on("connect", (request, socket) => {
      said.push(request.headers["proxy-authorization"]);
      socket.end("HTTP/1.1 407 no\r\n\r\n");
    });
    const address = `${proxy.url.replace("//", `//${named}`)}/a-path`;
    const network = openNetwork({ env: { HTTP_PROXY: address, HTTPS_PROXY: address } });
    await (await network.send(get("http://store.invalid/key"))).discard();
    await expect(network.send(get("https://store.invalid/key"))).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/^store\.invalid: the proxy .* answers 407 .*wants a name and a password/),
    });
    expect(said).toEqual(Array(2).fill(`Basic ${Buffer.from(meant).toString("base64")}`));
    await network.close();
  });

  test("a proxy without a scheme is spoken with as http", async () => {
    const proxy = await serve((_, response) => response.end("by proxy"));
    const network = openNetwork({ env: { HTTP_PROXY: proxy.url.replace("http://", "") } });
    expect(await readText(await network.send(get("http://store.invalid/key")), "answer")).toBe("by proxy");
    await network.close();
  });

  test("a proxy that cannot be reached is named", async () => {
    const network = openNetwork({ env: { HTTP_PROXY: "http://ann:geheim@127.0.0.1:9" } });
    await expect(network.send(get("http://store.invalid/key"))).rejects.toThrow(
      /^store\.invalid: the proxy 127\.0\.0\.1:9: connect ECONNREFUSED/,
    );
    await network.close();
  });

  test("NO_PROXY leaves hosts out", async () => {
    const server = await serve((_, response) => response.end("direct"));
    const network = openNetwork({ env: { HTTP_PROXY: "http://127.0.0.1:9", NO_PROXY: "127.0.0.1" } });
    expect(await readText(await network.send(get(server.url)), "answer")).toBe("direct");
    await network.close();
  });

  test("a proxy that is no URL is a usage error", () => {
    for (const HTTP_PROXY of ["not a proxy", "ftp://ann:geheim@host", "http://", "http://host:port"]) {
      expect(() => openNetwork({ env: { HTTP_PROXY } })).toThrow(
        expect.objectContaining({ code: "USAGE", message: expect.not.stringContaining("geheim") }),
      );
    }
  });
});

describe("answers", () => {
  test("redirects without end are refused", async () => {
    const server = await serve((request, response) => {
      response.writeHead(302, { location: `${request.url}x` }).end();
    });
    const network = openNetwork({ env: {} });
    await expect(network.send(get(`${server.url}/a`))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await network.close();
  });

  test("a redirect to another kind of address is refused", async () => {
    const server = await serve((_, response) => {
      response.writeHead(302, { location: "file:///etc/passwd" }).end();
    });
    const network = openNetwork({ env: {} });
    await expect(network.send(get(server.url))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await network.close();
  });

  test("an answer longer than it may be is refused while it comes", async () => {
    const server = await serve((_, response) => response.end("x".repeat(100_000)));
    const network = openNetwork({ env: {} });
    const response = await network.send(get(server.url));
    await expect(readText(response, "listing", 1000)).rejects.toMatchObject({ message: /longer than 1000 bytes/ });
    await network.close();
  });

  test("a name and a password in the address are told to the server, and a % in them stands for itself", async () => {
    const told: (string | undefined)[] = [];
    const server = await serve(({ headers }, response) => {
      told.push(headers.authorization);
      response.end();
    });
    const network = openNetwork({ env: {} });
    for (const name of ["", "ann:p%40ss@", "ann@", ":50%zz%C3%A9@"]) {
      await (await network.send(get(server.url.replace("//", `//${name}`)))).discard();
    }
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
    expect(told).toEqual([undefined, basic("ann:p@ss"), basic("ann:"), basic(":50%zz\u00e9")]);
    await network.close();
  });

  test("what comes packed, though nobody asked for that, is refused by the packing's name", async () => {
    const server = await serve((_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("x")),
    );
    const network = openNetwork({ env: {} });
    await expect(readText(await network.send(get(server.url)), "listing")).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: "listing: the answer comes gzip-encoded, which was not asked for; is a proxy in between?",
    });
    await network.close();
  });

  test("a server that does not speak TLS is said so in one line", async () => {
    const server = await serve(() => {});
    const network = openNetwork({ env: {} });
    const failure = await network.send(get(server.url.replace("http:", "https:"))).catch((error: Error) => error);
    expect(String(failure)).toMatch(/^TransientFailure: 127\.0\.0\.1:\d+: TLS fails: [a-z0-9 ]+$/);
    await network.close();
  });

  test("bytes that are not text are refused", async () => {
    const server = await serve((_, response) => response.end(Buffer.from([0xff, 0xfe])));
    const network = openNetwork({ env: {} });
    await expect(readText(await network.send(get(server.url)), "listing")).rejects.toMatchObject({
      message: "listing: the answer is not UTF-8 text",
    });
    await network.close();
  });

  test("an aborted request is an interruption", async () => {
    const stop = new AbortController();
    const server = await serve(() => stop.abort());
    const network = openNetwork({ env: {} });
    await expect(network.send(get(server.url), stop.signal)).rejects.toMatchObject({ code: "INTERRUPTED" });
    await network.close();
  });

  test("nobody listening may pass, and says so", async () => {
    const { server, url } = await serve(() => {});
    await new Promise((resolve) => server.close(resolve));
    const network = openNetwork({ env: {} });
    await expect(network.send(get(url))).rejects.toMatchObject({ name: "TransientFailure" });
    await network.close();
  });
});

test("offline, no connection is made", async () => {
  let connections = 0;
  const { server, url } = await serve((_, response) => response.end());
  server.on("connection", () => connections++);
  const network = openNetwork({ offline: true });
  await expect(network.send(get(url))).rejects.toMatchObject({ code: "UNAVAILABLE", message: /^offline: / });
  expect(connections).toBe(0);
  // The counter works: a connection of our own is seen.
  await new Promise<void>((resolve) => connect((server.address() as AddressInfo).port, "127.0.0.1", resolve).unref());
  await expect.poll(() => connections).toBe(1);
});

test("a connection that drips without end is given up, and one that is slow but brings something is not", async () => {
  const drip = await serve((_request, response) => {
    const timer = setInterval(() => response.write("x"), 20);
    response.on("close", () => clearInterval(timer));
  });
  const steady = await serve((_request, response) => {
    let left = 12;
    const timer = setInterval(() => {
      response.write("x".repeat(40_000));
      if (--left > 0) return;
      clearInterval(timer);
      response.end();
    }, 100);
  });
  const network = openNetwork({ env: {}, stallMs: 600 });
  await expect(readText(await network.send(get(drip.url)), "it")).rejects.toThrow(/sends less than 32 KiB in 0\.6 s/);
  expect((await readText(await network.send(get(steady.url)), "it")).length).toBe(480_000);
  await network.close();
});

test("only the network room can reach the network", () => {
  const source = join(import.meta.dirname, "../../src");
  const reaching = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("network/"))
    .filter((file) =>
      /from "(undici|node:(http2?|https|net|tls|dgram|dns)(\/promises)?)"|\bfetch\(|\bnew WebSocket\(/.test(
        readFileSync(join(source, file), "utf8"),
      ),
    );
  expect(reaching).toEqual([]);
});

test("an address is shown without what may be a key", () => {
  expect(shownAddress("https://me:pass@a.example/b?X-Amz-Signature=abc&prefix=c&access_token=d%26e#f")).toBe(
    "https://a.example/b?X-Amz-Signature=***&prefix=c&access_token=***#f",
  );
  expect(shownAddress("htp//me:pass@a?sig=abc")).toBe("htp//a?sig=***");
});
