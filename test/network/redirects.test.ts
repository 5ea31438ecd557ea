import { readFileSync } from "node:fs";
import { createServer as createPlainServer, type Server } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openNetwork, readText } from "../../src/network/network.ts";

// A key that signs nothing but this test's own server.
const pem = readFileSync(join(import.meta.dirname, "localhost.pem"));
const servers: Server[] = [];
const asked: string[] = [];
const trust = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
let plain = "";
let secure = "";

async function listen(server: Server, scheme: string): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  plain = await listen(
    createPlainServer((request, response) => {
      asked.push(`http ${request.url}`);
      if (request.url === "/up") response.writeHead(302, { location: `${secure}/end` });
      response.end("plain");
    }),
    "http",
  );
  secure = await listen(
    createServer({ key: pem, cert: pem }, (request, response) => {
      asked.push(`https ${request.url}`);
      const to = { "/down": `${plain}/end`, "/across": `${secure}/end` }[request.url ?? ""];
      if (to !== undefined) response.writeHead(302, { location: to });
      response.end("secure");
    }),
    "https",
  );
});

afterAll(async () => {
  if (trust === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  else process.env.NODE_TLS_REJECT_UNAUTHORIZED = trust;
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function answerOf(url: string): Promise<string> {
  const network = openNetwork({ env: {} });
  try {
    return await readText(await network.send({ method: "GET", url: new URL(url) }), "answer");
  } finally {
    await network.close();
  }
}

describe("a redirect", () => {
  test("from https to plain http is refused, and the plain address never asked", async () => {
    asked.length = 0;
    await expect(answerOf(`${secure}/down`)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/redirects from https to plain http; that is refused$/),
    });
    expect(asked).toEqual(["https /down"]);
  });

  test("from https to https and from http to https is followed", async () => {
    expect(await answerOf(`${secure}/across`)).toBe("secure");
    expect(await answerOf(`${plain}/up`)).toBe("secure");
  });
});
