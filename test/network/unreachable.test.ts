import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { openNetwork } from "../../src/network/network.ts";
import { defaultRetryPolicy, withRetries } from "../../src/network/retry.ts";

/** A port of this machine where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("a machine that reaches nothing", () => {
  test("gives up after a few tries, and says what to look for, though the policy would go on for most of a minute", async () => {
    const url = new URL(`http://127.0.0.1:${await closedPort()}/`);
    const network = openNetwork({ env: {} });
    let tries = 0;
    const outcome = await withRetries("x", defaultRetryPolicy, undefined, () => {
      tries += 1;
      return network.send({ method: "GET", url });
    }).catch((error: unknown) => error);
    await network.close();
    expect(outcome).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("is there a network here?"),
    });
    expect(tries).toBeGreaterThan(2);
    expect(tries).toBeLessThan(defaultRetryPolicy.attempts - 2);
  });

  test("is not one whose server went away after an answer: that is tried as often as the policy says", async () => {
    const server = createServer((_, response) => response.end("ok"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const network = openNetwork({ env: {} });
    await (await network.send({ method: "GET", url })).discard();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    let tries = 0;
    const policy = { ...defaultRetryPolicy, sleep: async () => {} };
    const outcome = await withRetries("x", policy, undefined, async () => {
      tries += 1;
      return network.send({ method: "GET", url });
    }).catch((error: unknown) => error);
    await network.close();
    expect(outcome).toMatchObject({ message: expect.stringContaining("gave up after 9 tries") });
    expect(tries).toBe(policy.attempts);
  });
});
