import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { embedWithApi, planApiEmbedding } from "../../../src/embed/apis/apiEmbedding.ts";
import type { ApiModel, ApiPaper } from "../../../src/embed/apis/apiModel.ts";
import { apiModelNames, resolveApiModel } from "../../../src/embed/apis/apiModels.ts";
import { openVectorStore, type VectorStore } from "../../../src/embed/store/store.ts";
import { ScidocsError } from "../../../src/errors.ts";
import { openNetwork } from "../../../src/network/network.ts";
import { vectorAt } from "../../../src/vectors/vectorTable.ts";
import { impatient } from "../../datasets/download/faultyStore.ts";

/** One request as an API saw it. */
interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent, for the test to look into
  readonly body: any;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
  /** Cut the connection in the middle of the body. */
  readonly drop?: boolean;
}

let asked: Asked[];
let answer: (request: Asked, nth: number) => Answer;
let url: string;
let folder: string;
const network = openNetwork({ env: {}, stallMs: 2000 });
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const one = {
      path: request.url ?? "",
      headers: request.headers,
      body: JSON.parse(Buffer.concat(chunks).toString()),
    };
    asked.push(one);
    const { status = 200, headers = {}, body, drop = false } = answer(one, asked.length);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    response.writeHead(status, { ...headers, "content-length": String(Buffer.byteLength(text)) });
    if (drop) response.write(text.slice(0, text.length / 2), () => response.destroy());
    else response.end(text);
  });
});
beforeEach(async () => {
  asked = [];
  folder = mkdtempSync(join(tmpdir(), "scidocs-api-"));
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const paper = (index: number): ApiPaper => ({
  id: `p${index}`,
  title: `Title ${index}`,
  abstract: `Abstract ${index}`,
});
const papers = (count: number): ApiPaper[] => Array.from({ length: count }, (_, index) => paper(index));
/** Three numbers that follow from a text, all exact in 32 bits. */
const numbersOf = (text: string): number[] => [text.length, (text.charCodeAt(text.length - 1) || 0) / 8, -1];
const specterAnswer = (request: Asked): Answer => ({
  body: {
    preds: request.body
      .map((one: { paper_id: string; title: string }) => ({ paper_id: one.paper_id, embedding: numbersOf(one.title) }))
      // The order of the answer is not the order of the question.
      .reverse(),
  },
});

const model = (name: string, env = {}): ApiModel =>
  resolveApiModel(name, { apiUrl: url, insecure: true, env }) as ApiModel;
const embed = async (
  list: readonly ApiPaper[],
  one: ApiModel,
  store: VectorStore | null = null,
  retry = impatient(),
) => {
  const plan = planApiEmbedding(list, one, store);
  return { ...plan, ...(await embedWithApi(plan, { network, retry, store })) };
};

describe("the SPECTER API", () => {
  test("is asked for at most 16 papers at a time, and rows come in the papers' order", async () => {
    answer = specterAnswer;
    const { table, missingIds } = await embed(papers(40), model("api:specter"));
    expect(asked.map((request) => request.body.length).sort()).toEqual([16, 16, 8]);
    expect(asked[0]?.body[0]).toEqual({ paper_id: "p0", title: "Title 0", abstract: "Abstract 0" });
    expect(table.ids).toEqual(papers(40).map(({ id }) => id));
    for (const [row, { title }] of papers(40).entries()) {
      expect([...vectorAt(table, row)]).toEqual(numbersOf(title ?? ""));
    }
    expect(missingIds).toEqual([]);
  });

  test("is asked once for a text that several papers share, and missing texts are sent empty", async () => {
    answer = specterAnswer;
    const list = [paper(1), { ...paper(1), id: "twin" }, { id: "none", title: null, abstract: null }];
    const { table, toAsk } = await embed(list, model("api:specter"));
    expect(toAsk.size).toBe(2);
    expect(asked[0]?.body[1]).toEqual({ paper_id: "none", title: "", abstract: "" });
    expect([...vectorAt(table, 1)]).toEqual([...vectorAt(table, 0)]);
  });

  test("is asked again after 500, 429 and a dropped connection, with the wait it asks for", async () => {
    const retry = impatient();
    const faults: Answer[] = [
      { status: 500, body: "" },
      { status: 429, headers: { "retry-after": "3" }, body: "" },
      { body: { preds: [] }, drop: true },
    ];
    answer = (request, nth) => faults[nth - 1] ?? specterAnswer(request);
    const { retries } = await embed(papers(3), model("api:specter"), null, retry);
    expect(retries).toBe(3);
    expect(retry.waits).toEqual([375, 3000, 1500]);
  });

  test("that refuses with 422 ends in a clear error with its reason", async () => {
    answer = () => ({ status: 422, body: { message: "field \u001b[31mrequired" } });
    await expect(embed(papers(1), model("api:specter"))).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: /refuses with 422: field \\x1b\[31mrequired; it takes lists of at most 16/,
    });
    expect(asked).toHaveLength(1);
  });

  test("that refuses with megabytes ends with their beginning", async () => {
    answer = () => ({ status: 422, body: `["${"no ".repeat(3e6)}"]` });
    const failure = await embed(papers(1), model("api:specter")).catch((error: Error) => error);
    expect(failure).toMatchObject({ code: "UNAVAILABLE", message: /refuses with 422: \["no no no/ });
    expect((failure as Error).message.length).toBeLessThan(400);
  });

  test.each<[string, unknown]>([
    ["no JSON", "<html>"],
    ["millions of lists", `{"preds": [${"[],".repeat(3e6)}[]]}`],
    ["a list", []],
    ["no preds", { predictions: [] }],
    ["a paper left out", { preds: [] }],
    ["a paper that was not asked for", { preds: [{ paper_id: "x\ny", embedding: [1] }] }],
    ["a paper twice", { preds: [1, 2].map(() => ({ paper_id: "p0", embedding: [1] })) }],
    ["no numbers", { preds: [{ paper_id: "p0", embedding: ["1"] }] }],
    ["an empty embedding", { preds: [{ paper_id: "p0", embedding: [] }] }],
    ["a number too large for 32 bits", { preds: [{ paper_id: "p0", embedding: [1e300] }] }],
    ["null", null],
  ])("that answers with %s ends in a clear error", async (_, body) => {
    answer = () => ({ body });
    const failure = await embed(papers(1), model("api:specter")).catch((error: Error) => error);
    expect(failure).toMatchObject({ code: "UNAVAILABLE", message: /another shape than its documentation says/ });
    expect((failure as Error).message).not.toContain("\n");
  });

  test("that gives vectors of two lengths ends in a clear error", async () => {
    answer = (request) => ({
      body: {
        preds: request.body.map((one: { paper_id: string }, index: number) => ({
          paper_id: one.paper_id,
          embedding: new Array(index + 1).fill(1),
        })),
      },
    });
    await expect(embed(papers(2), model("api:specter"))).rejects.toMatchObject({ message: /vectors of 2 and of 1/ });
  });

  test("is asked only for what an earlier, failed run did not get, and the vectors are the same", async () => {
    const one = model("api:specter");
    let store = await openVectorStore(folder, one.identity);
    answer = (request) => (request.body[0].paper_id === "p32" ? { status: 400, body: "no" } : specterAnswer(request));
    await expect(embed(papers(40), one, store)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await store.close();
    const before = asked.length;
    answer = specterAnswer;
    store = await openVectorStore(folder, one.identity);
    const resumed = await embed(papers(40), one, store);
    await store.close();
    // And for three that are stored, by which it is told whether the same model answers.
    expect(asked.slice(before).flatMap((request) => request.body)).toHaveLength(resumed.toAsk.size + 3);
    expect(asked.slice(before)).toHaveLength(resumed.requests);
    expect(resumed.storedPapers).toBeGreaterThan(0);
    expect(resumed.storedPapers + resumed.toAsk.size).toBe(40);
    const fresh = await embed(papers(40), one);
    expect(resumed.table.data).toEqual(fresh.table.data);
  });

  test("does not set vectors of another model beside those that are stored", async () => {
    const one = model("api:specter");
    const store = await openVectorStore(folder, one.identity);
    answer = specterAnswer;
    await embed(papers(20), one, store);
    const changed = (which: readonly string[]) => (request: Asked) => ({
      body: {
        preds: request.body.map((each: { paper_id: string }, index: number) => {
          const { preds } = specterAnswer(request).body as { preds: { paper_id: string; embedding: number[] }[] };
          const { embedding } = preds[index]!;
          const isOther = which.length === 0 || which.includes(each.paper_id);
          return { paper_id: each.paper_id, embedding: isOther ? embedding.map((value) => value + 1) : embedding };
        }),
      },
    });
    answer = changed([]);
    const before = store.size;
    await expect(embed(papers(40), one, store)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/other vectors now than those that are stored \(of p0, p1, p2\)/),
    });
    expect(store.size).toBe(before);
    // One paper may have been corrected.
    answer = changed(["p0"]);
    expect((await embed(papers(40), one, store)).table.ids).toHaveLength(40);
    // What is all stored is asked for by nobody.
    const count = asked.length;
    await embed(papers(40), one, store);
    expect(asked).toHaveLength(count);
    await store.close();
  });

  test("stops when it is told to, and keeps what came", async () => {
    const one = model("api:specter");
    const stop = new AbortController();
    const store = await openVectorStore(folder, one.identity);
    answer = (request, nth) => {
      if (nth === 3) stop.abort();
      return specterAnswer(request);
    };
    const result = embedWithApi(
      planApiEmbedding(papers(160), one, store),
      { network, retry: impatient(), store },
      { signal: stop.signal },
    );
    await expect(result).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect(store.size).toBeGreaterThan(0);
    expect(store.size).toBeLessThan(160);
    await store.close();
  });

  test("is another model at another address", () => {
    const here = resolveApiModel("api:specter", { apiUrl: "http://localhost:1/a" });
    const there = resolveApiModel("api:specter", { apiUrl: "http://localhost:1/b" });
    expect(here?.identity.fingerprint).not.toBe(there?.identity.fingerprint);
  });
});

describe.each(["api:specter", "s2:specter_v2"])("an address for %s that has a name, a password and a query", (name) => {
  const secrets = ["pass/word", "t0ken-t0ken"];
  const own = (insecure: boolean) =>
    resolveApiModel(name, {
      apiUrl: `${url.replace("//", "//me:pass%2Fword@")}/base?token=t0ken-t0ken&model=a`,
      insecure,
      env: {},
    });

  test("is asked with all of them, and none that may be a key is in a message or a record", async () => {
    const one = own(true)!;
    answer = ({ path }) => ({ status: 403, body: { error: `no ${path} for cGFzcy93b3Jk, pass/word` } });
    const failure = await embed(papers(1), one).catch((error) => error);
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from("me:pass/word").toString("base64")}`);
    expect(asked[0]?.path).toMatch(/^\/base.*\?token=t0ken-t0ken&model=a/);
    expect(failure.message).toContain("refuses with 403");
    expect(one.identity.settings.url).toContain("?token=***&model=a");
    for (const secret of secrets) expect(failure.message + JSON.stringify(one.identity)).not.toContain(secret);
    const other = resolveApiModel(name, { apiUrl: `${url}/base?token=another-one&model=a`, env: {} });
    expect(other?.identity.fingerprint).not.toBe(one.identity.fingerprint);
  });

  test("is not asked over plain http, unless that is allowed", () => {
    expect(() => own(false)).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});

describe("Semantic Scholar", () => {
  const entryOf = (id: string, version = "specter_v2"): unknown => ({
    paperId: `other-${id}`,
    embedding: { model: version, vector: numbersOf(id) },
  });

  test("is asked for 500 ids at a time, a second apart; unknown papers and papers without a vector are missing", async () => {
    const retry = impatient();
    answer = (request) => ({
      body: request.body.ids.map((id: string) =>
        id === "p3" ? null : id === "p5" ? { paperId: id, embedding: null } : entryOf(id),
      ),
    });
    const result = await embed(papers(1001), model("s2:specter_v2"), null, retry);
    expect(asked.map((request) => request.body.ids.length)).toEqual([500, 500, 1]);
    expect(asked[0]?.path).toBe("/graph/v1/paper/batch?fields=embedding.specter_v2");
    expect(retry.waits).toEqual([1000, 1000]);
    expect(result.missingIds).toEqual(["p3", "p5"]);
    expect(result.table.ids).toHaveLength(999);
    expect(result.versions).toEqual(["specter_v2"]);
    expect([...vectorAt(result.table, 0)]).toEqual(numbersOf("p0"));
  });

  test("that answers in another order gives every paper its own vector", async () => {
    answer = (request) => ({
      body: request.body.ids
        .map((id: string) => ({ paperId: id, embedding: { model: "v", vector: numbersOf(id) } }))
        .reverse(),
    });
    const { table, mergedIds } = await embed(papers(12), model("s2:specter_v1"));
    for (const [row, id] of table.ids.entries()) expect([...vectorAt(table, row)]).toEqual(numbersOf(id));
    expect(mergedIds).toEqual([]);
  });

  test("that has merged a paper into another says so, unless the order leaves a doubt whose vector it is", async () => {
    const entries = (ids: string[]) =>
      ids.map((id) => ({ paperId: id === "p1" ? "elsewhere" : id, embedding: { model: "v", vector: numbersOf(id) } }));
    answer = (request) => ({ body: entries(request.body.ids) });
    const { table, mergedIds } = await embed(papers(4), model("s2:specter_v1"));
    expect(mergedIds).toEqual([["p1", "elsewhere"]]);
    expect([...vectorAt(table, 1)]).toEqual(numbersOf("p1"));
    answer = (request) => ({ body: entries(request.body.ids).reverse() });
    await expect(embed(papers(4), model("s2:specter_v1"))).rejects.toMatchObject({ message: /another order/ });
  });

  test("that has merged a paper into one that was asked for too gives both its vector; out of order, two of one are none", async () => {
    const entries = (ids: string[]) =>
      ids.map((id) => (id === "p1" ? "p2" : id)).map((id) => ({ paperId: id, embedding: { vector: numbersOf(id) } }));
    answer = (request) => ({ body: entries(request.body.ids) });
    const { table, mergedIds, missingIds } = await embed(papers(4), model("s2:specter_v1"));
    expect({ mergedIds, missingIds }).toEqual({ mergedIds: [["p1", "p2"]], missingIds: [] });
    expect([...vectorAt(table, 1)]).toEqual(numbersOf("p2"));
    answer = (request) => ({ body: entries(request.body.ids).toReversed() });
    await expect(embed(papers(4), model("s2:specter_v1"))).rejects.toMatchObject({
      message: /another order, and some twice/,
    });
  });

  test.each([
    ["as it is", (key: string) => key],
    ["in capitals", (key: string) => key.toUpperCase()],
    ["for an address", (key: string) => encodeURIComponent(key)],
    ["as Base64", (key: string) => Buffer.from(key).toString("base64")],
    ["with blanks between", (key: string) => [...key].join(" ")],
    ["over several lines", (key: string) => `${key.slice(0, 4)}\n  ${key.slice(4)}`],
  ])("never has its key printed %s", async (_how, spoilt) => {
    const key = "top/secret+key";
    const one = model("s2:specter_v1", { S2_API_KEY: key });
    answer = () => ({ status: 403, body: { error: `the key ${spoilt(key)} is not known` } });
    const failure = await embed(papers(1), one).catch((error) => error);
    expect(failure.message).toMatch(/the key \*\*\* is not known/);
    answer = (request) => ({ body: request.body.ids.map((id: string) => entryOf(id, `v1 ${spoilt(key)}`)) });
    expect((await embed(papers(1), one)).versions).toEqual(["v1 ***"]);
  });

  test("gets the key in a header, and no message ever shows it", async () => {
    answer = (request) => ({ status: 403, body: { error: `key ${request.headers["x-api-key"]} is not known` } });
    const failure = await embed(papers(1), model("s2:specter_v1", { S2_API_KEY: "topsecret" })).catch((error) => error);
    expect(asked[0]?.headers["x-api-key"]).toBe("topsecret");
    expect(failure.message).toMatch(/refuses with 403: key \*\*\* is not known; is S2_API_KEY right\?/);
    expect(JSON.stringify(model("s2:specter_v1", { S2_API_KEY: "topsecret" }).identity)).not.toContain("topsecret");
  });

  test.each(["http://example.org", "http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "HTTP://example.org"])(
    "does not get the key over plain http at %s, unless that is allowed",
    (apiUrl) => {
      const options = { apiUrl, env: { S2_API_KEY: "k" } };
      expect(() => resolveApiModel("s2:specter_v2", options)).toThrow(expect.objectContaining({ code: "USAGE" }));
      expect(resolveApiModel("s2:specter_v2", { ...options, insecure: true })).not.toBeNull();
      expect(resolveApiModel("s2:specter_v2", { ...options, env: {} })).not.toBeNull();
    },
  );

  test("that finds an answer too large is asked in halves", async () => {
    answer = (request) =>
      request.body.ids.length > 3
        ? { status: 400, body: { error: "Response would exceed maximum size" } }
        : { body: request.body.ids.map((id: string) => entryOf(id)) };
    const { table } = await embed(papers(10), model("s2:specter_v2"));
    expect(table.ids).toEqual(papers(10).map(({ id }) => id));
  });

  test("that knows none of the ids is a clear error", async () => {
    answer = () => ({ status: 400, body: { error: "No valid paper ids given" } });
    await expect(embed(papers(2), model("s2:specter_v2"))).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: /no vector of any of the 2 papers/,
    });
  });

  test.each([
    ["specter_v2", ["specter@v0.1.1", "specter_v1", "SPECTER-1"], ["specter_v2", "specter2", "specter@v2.0", "v"]],
    ["specter_v1", ["specter_v2", "specter2", "specter@v2.0"], ["specter@v0.1.1", "specter_v1", "specter@v20"]],
  ])(
    "that gives another version than %s, as one does that knows of none, is a clear error",
    async (version, others, own) => {
      for (const said of [...others, ...own]) {
        answer = (request) => ({ body: request.body.ids.map((id: string) => entryOf(id, said)) });
        const asking = embed(papers(2), model(`s2:${version}`));
        if (own.includes(said)) expect((await asking).versions, said).toEqual([said]);
        else
          await expect(asking, said).rejects.toMatchObject({
            message: expect.stringContaining(`(vectors of ${said})`),
          });
      }
    },
  );

  test("that mixes versions is a clear error", async () => {
    answer = (request) => ({ body: request.body.ids.map((id: string, index: number) => entryOf(id, `v${index}`)) });
    await expect(embed(papers(2), model("s2:specter_v2"))).rejects.toMatchObject({
      message: /several versions \(v0, v1\)/,
    });
  });

  test.each<[string, unknown]>([
    ["an object", {}],
    ["too few entries", [null]],
    ["an entry that is no paper", [null, 7]],
    ["an embedding without a vector", [null, { embedding: { model: "x" } }]],
  ])("that answers with %s ends in a clear error", async (_, body) => {
    answer = () => ({ body });
    await expect(embed(papers(2), model("s2:specter_v2"))).rejects.toMatchObject({ message: /another shape/ });
  });
});

test("offline, no API is asked", async () => {
  answer = specterAnswer;
  const tools = { network: openNetwork({ offline: true }), retry: impatient(), store: null };
  await expect(embedWithApi(planApiEmbedding(papers(1), model("api:specter"), null), tools)).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: /^offline/,
  });
  expect(asked).toEqual([]);
});

test("a model that is no API is left to others, an unknown API is an error that names the known ones", () => {
  expect(resolveApiModel("models/mini")).toBeNull();
  expect(resolveApiModel("C:\\model.onnx")).toBeNull();
  expect(() => resolveApiModel("api:bert")).toThrow(/api:specter, s2:specter_v1, s2:specter_v2/);
  expect(() => resolveApiModel("api:specter", { apiUrl: "nowhere" })).toThrow(
    expect.objectContaining({ code: "USAGE" }),
  );
});

test("any JSON as an answer gives vectors or a coded error", () => {
  const leaf = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom("p0", "p1", [1, 2], [Number.MAX_VALUE]));
  const entry = fc.record(
    { paper_id: leaf, embedding: fc.oneof(leaf, fc.record({ model: leaf, vector: leaf })) },
    { requiredKeys: [] },
  );
  const any = fc.oneof(
    leaf,
    fc.array(fc.oneof(entry, leaf), { maxLength: 3 }),
    fc.record({ preds: fc.array(fc.oneof(entry, leaf), { maxLength: 3 }) }),
  );
  for (const name of apiModelNames) {
    const one = resolveApiModel(name, { env: {} }) as ApiModel;
    fc.assert(
      fc.property(any, (value) => {
        try {
          const vectors = one.read(JSON.parse(JSON.stringify(value)), papers(2));
          expect(vectors).toHaveLength(2);
          for (const { vector } of vectors) expect(vector === null || vector.every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ScidocsError);
        }
      }),
      { numRuns: 500, seed: 3 },
    );
  }
});
