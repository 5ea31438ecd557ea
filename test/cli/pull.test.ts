import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type FaultyStore, faultyStore, noise } from "../datasets/download/faultyStore.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { freshFolder, startScidocs } from "./runScidocs.ts";

const prefix = "specter/scidocs/";
const stores: FaultyStore[] = [];
afterAll(async () => {
  for (const store of stores) await store.close();
});

async function open(...args: Parameters<typeof faultyStore>): Promise<FaultyStore> {
  const store = await faultyStore(...args);
  stores.push(store);
  return store;
}

describe("scidocs data pull", () => {
  const contents = {
    [`${prefix}mag/train.csv`]: noise(40_000, 1),
    [`${prefix}paper_metadata_mag_mesh.json`]: noise(2_000_000, 2),
    [`${prefix}specter-embeddings/cls.jsonl`]: noise(1000, 3),
  };

  test("says what comes, gets it past a 500 and a dropped connection, and says what it proved", async () => {
    const folder = freshFolder();
    const store = await open(contents, (request, nth) => {
      if (request.key === null && nth === 1) return { kind: "status", status: 500, retryAfter: "0" };
      if (request.key?.endsWith("mesh.json") && nth === 1) return { kind: "drop", after: 1_200_000 };
      return null;
    });
    const result = await startScidocs(folder, ["data", "pull", "--from", store.url]);
    expect(result.stderr).toMatch(
      /^asking http:\/\/127\.0\.0\.1:\d+ for its files\n2 files, 1\.9 MiB, from http:\/\/127\.0\.0\.1:\d+\nto fetch: 1\.9 MiB; free on disk: .+\nnot asked for: 1 files, 1000 B\n$/,
    );
    expect(result.stdout).toBe(
      "2 files fetched (1.9 MiB received), 0 were there\n1 requests were repeated, 0 files begun anew\nsize and MD5 are those of the store for 2 files\ndata: data\n",
    );
    expect(result.exitCode).toBe(0);
    expect(readFileSync(join(folder, "data/mag/train.csv")).equals(noise(40_000, 1))).toBe(true);
  });

  test("--dry-run prints files to stdout and changes nothing", async () => {
    const folder = freshFolder();
    const store = await open(contents);
    const result = await startScidocs(folder, ["data", "pull", "--from", store.url, "--dry-run", "--only", "labels"]);
    expect(result.stdout).toBe("   39 KiB  to fetch                  mag/train.csv\n");
    expect(result.exitCode).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a name with an escape sequence never reaches the terminal", async () => {
    const folder = freshFolder();
    const store = await open({ ...contents, [`${prefix}\u009b31mred`]: Buffer.from("x") });
    const result = await startScidocs(folder, ["data", "pull", "--from", store.url]);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain("could lead outside the target folder");
    expect(result.stderr + result.stdout).not.toContain("\u009b");
    expect(existsSync(join(folder, "data"))).toBe(false);
  });

  test.each([["data pull --offline"], ["--offline reproduce"]])("%s asks nothing and exits with 2", async (command) => {
    const store = await open(contents);
    const result = await startScidocs(freshFolder(), [...command.split(" "), "--from", store.url]);
    expect(result.stderr).toMatch(/^scidocs: offline: http:\/\/127\.0\.0\.1:\d+ was not asked/);
    expect(result.exitCode).toBe(2);
    expect(store.seen).toEqual([]);
  });
});

test("scidocs reproduce holds what a store gives against a row: the shipped mini dataset with made-up vectors", async () => {
  const folder = freshFolder();
  const mini = join(import.meta.dirname, "../../datasets/mini");
  const contents = Object.fromEntries(
    readdirSync(mini, { recursive: true, encoding: "utf8" })
      .filter((path) => statSync(join(mini, path)).isFile())
      .map((path) => [prefix + path, readFileSync(join(mini, path))]),
  );
  const vectors = { cls: "mag_mesh", "user-citation": "view_cite_read", recomm: "recomm" };
  for (const [group, name] of Object.entries(vectors)) {
    const ids = Object.keys(JSON.parse(readFileSync(join(mini, `paper_metadata_${name}.json`), "utf8")));
    const lines = ids.map((id, index) =>
      JSON.stringify({ paper_id: id, embedding: [...noise(8, index)].map((byte) => byte / 100) }),
    );
    contents[`${prefix}specter-embeddings/${group}.jsonl`] = Buffer.from(`${lines.join("\n")}\n`);
  }
  const store = await open(contents);
  const args = ["reproduce", "--row", "row.json", "-o", "r.json", "--seeds", "2"];
  writeFileSync(join(folder, "row.json"), JSON.stringify({ model: "mini", scores: { "mag-f1": 99.5, "cite-map": 1 } }));
  const off = await startScidocs(folder, [...args, "--from", store.url]);
  expect(off.stdout).toMatch(/^mag-f1 .* off by -\d+\.\d\d$/m);
  expect(off.stdout).toMatch(/^mesh-f1 .* not published$/m);
  expect(off.stderr).toMatch(/likely reason: .*made-up data/);
  expect(off.stderr).toContain("2 of 2 columns are off mini: mag-f1, cite-map");
  expect(off.exitCode).toBe(4);

  const { scores } = JSON.parse(readFileSync(join(folder, "r.json"), "utf8"));
  writeFileSync(join(folder, "row.json"), JSON.stringify({ model: "mini", scores }));
  const same = await startScidocs(folder, [...args, "--no-pull", "--offline"]);
  expect(same.stdout.match(/ {3}matches/g)).toHaveLength(13);
  expect(same.exitCode).toBe(0);
});

describe.skipIf(!hasShared)("scidocs reproduce on a store that holds the reference's small dataset", () => {
  const golden = (path: string): Buffer => readFileSync(sharedPath(`goldens/reference-small/${path}`));
  const files = (folder: string): string[] =>
    readdirSync(sharedPath("goldens/reference-small"), { recursive: true, encoding: "utf8" }).filter(
      (path) => path.startsWith(folder) && statSync(sharedPath(`goldens/reference-small/${path}`)).isFile(),
    );
  // Read when a test asks: a skipped suite is still collected, and must not touch what is not there.
  const contents = (): Record<string, Buffer> => ({
    ...Object.fromEntries(
      ["mag/", "mesh/", "coview/", "coread/", "cite/", "cocite/", "recomm/", "paper_metadata_recomm.json"]
        .flatMap(files)
        .map((path) => [prefix + path, golden(path)]),
    ),
    ...Object.fromEntries(
      ["cls", "user-citation", "recomm"].map((group) => [
        `${prefix}specter-embeddings/${group}.jsonl`,
        golden(`${group}.jsonl`),
      ]),
    ),
  });

  /** The row that the reference would have printed for this dataset. */
  function expectedRow(): { model: string; scores: Record<string, number> } {
    const { classification, ranking } = JSON.parse(golden("expected.json").toString("utf8"));
    const recomm = JSON.parse(golden("expected-recomm.json").toString("utf8")).seed_statistics.test;
    const scores: Record<string, number> = {
      "mag-f1": classification.test.mag.f1,
      "mesh-f1": classification.test.mesh.f1,
    };
    for (const task of ["co-view", "co-read", "cite", "co-cite"]) {
      const stem = task === "co-cite" ? "cocite" : task;
      scores[`${stem}-map`] = ranking.test[task].map;
      scores[`${stem}-ndcg`] = ranking.test[task].ndcg;
    }
    scores["recomm-ndcg"] = recomm["adj-NDCG"].mean;
    scores["recomm-P@1"] = recomm["adj-P@1"].mean;
    return { model: "small", scores };
  }

  test("pulls, scores, and finds every column where the reference has it; one that is off exits with 4", async () => {
    const folder = freshFolder();
    const store = await open(contents(), (_, nth) =>
      nth === 1 ? { kind: "status", status: 503, retryAfter: "0" } : null,
    );
    writeFileSync(join(folder, "row.json"), JSON.stringify(expectedRow()));
    const result = await startScidocs(folder, ["reproduce", "--from", store.url, "--row", "row.json", "-o", "r.json"]);
    expect(result.stdout.match(/matches/g)).toHaveLength(12);
    expect(result.stdout).toMatch(/^mag-f1 +87\.52 +87\.52 {3}matches$/m);
    expect(result.stdout).toMatch(/^recomm-ndcg .* matches \(± \d\.\d\d over seeds\)$/m);
    expect(result.stdout).toMatch(/^Avg .* not published$/m);
    expect(result.exitCode).toBe(0);

    const row = expectedRow();
    row.scores["cite-map"] = (row.scores["cite-map"] ?? 0) + 0.5;
    writeFileSync(join(folder, "row.json"), JSON.stringify(row));
    const again = ["reproduce", "--no-pull", "--offline", "--row", "row.json", "-o", "r.json", "--seeds", "1"];
    const off = await startScidocs(folder, again);
    expect(off.stdout).toMatch(/^cite-map .* off by -0\.50$/m);
    expect(off.stderr).toMatch(/columns are off small: (.*, )?cite-map/);
    expect(off.exitCode).toBe(4);
  });

  test("without its vectors, --no-pull says what is missing", async () => {
    const result = await startScidocs(freshFolder(), [
      "reproduce",
      "--no-pull",
      "--data",
      sharedPath("goldens/reference-small"),
    ]);
    expect(result.stderr).toMatch(/specter-embeddings\/cls\.jsonl: the published vectors are not there/);
    expect(result.exitCode).toBe(2);
  });
});
