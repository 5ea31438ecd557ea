import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshFolder, startScidocs } from "./runScidocs.ts";

const folder = freshFolder();
let server: Server;
let url: string;
let requests = 0;
let failNext = false;
const keys: (string | undefined)[] = [];

/** Eight numbers that follow from a text. */
const vectorOf = (text: string): number[] =>
  [...createHash("sha256").update(text).digest().subarray(0, 8)].map((byte) => byte / 64 - 2);

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests++;
      keys.push(request.headers["x-api-key"] as string | undefined);
      if (failNext) {
        failNext = false;
        response.writeHead(503, { "retry-after": "0" }).end();
        return;
      }
      const body = JSON.parse(Buffer.concat(chunks).toString());
      const answer = Array.isArray(body)
        ? { preds: body.map(({ paper_id, title }) => ({ paper_id, embedding: vectorOf(title) })) }
        : body.ids.map((id: string) =>
            id.startsWith("?") ? null : { paperId: id, embedding: { model: "specter_v2", vector: vectorOf(id) } },
          );
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const ids = Array.from({ length: 20 }, (_, index) => `${index}`.padStart(40, "a"));
const dataset = join(folder, "data");

/** A dataset with the cite task only: four queries of four candidates. */
function writeDataset(): void {
  mkdirSync(join(dataset, "cite"), { recursive: true });
  const papers = ids.map((id, index) => [id, { paper_id: id, title: `Title ${index}`, abstract: null }]);
  writeFileSync(join(dataset, "paper_metadata_view_cite_read.json"), JSON.stringify(Object.fromEntries(papers)));
  const lines = [0, 1, 2, 3].flatMap((query) =>
    [1, 2, 3, 4].map((candidate) => `${ids[query]} 0 ${ids[4 * candidate + query]} ${candidate === 1 ? 1 : 0}\n`),
  );
  writeFileSync(join(dataset, "cite/test.qrel"), lines.join(""));
}

describe("scidocs run --model api:specter", () => {
  beforeAll(writeDataset);
  const run = (...more: string[]) =>
    startScidocs(folder, [
      "run",
      "--model",
      "api:specter",
      "--api-url",
      url,
      "--data",
      "data",
      "-o",
      "r.json",
      ...more,
    ]);

  test("plans without asking, then asks, scores, and says in table and record what the vectors are", async () => {
    const plan = await run("--dry-run");
    expect(plan.stdout).toContain("20 papers: 0 taken from the store, 20 to ask for\n2 requests of at most 16 papers");
    expect(requests).toBe(0);

    failNext = true;
    const result = await run();
    expect(result.exitCode).toBe(0);
    expect(requests).toBe(3);
    expect(result.stdout).toMatch(/another version of the\s+model than the published vector files/);
    const record = JSON.parse(readFileSync(join(folder, "r.json"), "utf8"));
    expect(record.model).toMatchObject({ name: "api:specter", source: "api", dimensions: 8 });
    expect(record.notes[0]).toContain("another version of the model");
    expect(record.tasks.cite.papers).toMatchObject({ expected: 20, embedded: 20, missing: 0 });

    const again = await run();
    expect(again.stderr).toContain("20 papers: 0 asked for, 20 taken from the store");
    expect(requests).toBe(3);
    expect(JSON.parse(readFileSync(join(folder, "r.json"), "utf8")).scores).toEqual(record.scores);
  });

  test("offline is an error at once, unless nothing has to be asked", async () => {
    const before = requests;
    const result = await run("--offline", "--no-store");
    expect(result.stderr).toContain("scidocs: offline: http://127.0.0.1");
    expect(result.exitCode).toBe(2);
    expect((await run("--offline")).exitCode).toBe(0);
    expect(requests).toBe(before);
  });

  test("refuses flags that would have no effect", async () => {
    const result = await run("--pooling", "mean", "--max-length", "128");
    expect(result.stderr).toContain("--pooling, --max-length: api:specter is run by its API");
    expect(result.exitCode).toBe(2);
  });
});

describe("scidocs embed with an API", () => {
  test("s2 takes ids, writes what is known, and tells what is not; the key is sent and never shown", async () => {
    writeFileSync(join(folder, "ids.txt"), `${ids[2]}\n?unknown\u001b[31m\n${ids[0]}\n`);
    const args = ["embed", "--model", "s2:specter_v2", "--api-url", url, "--ids", "ids.txt", "-o", "v.jsonl"];
    const refused = await startScidocs(folder, args, { S2_API_KEY: "topsecret" });
    expect(refused.stderr).toMatch(/S2_API_KEY is not sent over plain http; .* --insecure/);
    expect([refused.exitCode, keys.includes("topsecret")]).toEqual([2, false]);
    const result = await startScidocs(folder, [...args, "--insecure"], { S2_API_KEY: "topsecret" });
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toContain("3 papers: 3 asked for, 0 taken from the store, 1 unknown to s2:specter_v2");
    expect(result.stderr).toContain("unknown: ?unknown\\x1b[31m");
    expect(result.stderr + result.stdout).not.toContain("topsecret");
    expect(result.stderr + result.stdout).not.toContain("\u001b");
    expect(keys.at(-1)).toBe("topsecret");
    const lines = readFileSync(join(folder, "v.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.paper_id)).toEqual([ids[2], ids[0]]);
    expect(lines[1].embedding).toEqual(vectorOf(ids[0] ?? ""));
  });

  test("api:specter takes papers and keeps their titles", async () => {
    const papers = join(dataset, "paper_metadata_view_cite_read.json");
    const args = ["embed", "--model", "api:specter", "--api-url", url, "--papers", papers, "-o", "t.jsonl"];
    expect((await startScidocs(folder, args)).exitCode).toBe(0);
    const first = JSON.parse(readFileSync(join(folder, "t.jsonl"), "utf8").split("\n")[0] ?? "");
    expect(first).toMatchObject({ paper_id: ids[0], title: "Title 0", embedding: vectorOf("Title 0") });
  });

  test.each([
    [["--model", "api:unknown", "--papers", "x"], "the APIs are api:specter"],
    [["--model", "s2:specter_v2"], "name the papers with --ids"],
    [["--model", "api:specter", "--ids", "ids.txt"], "name the papers' files with --papers"],
  ])("%j is a usage error", async (args, message) => {
    const result = await startScidocs(folder, ["embed", ...args, "-o", "x.jsonl"]);
    expect(result.stderr).toContain(message);
    expect(result.exitCode).toBe(2);
  });
});
