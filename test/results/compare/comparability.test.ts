import { describe, expect, it } from "vitest";
import { discrepancies } from "../../../src/results/compare/comparability.ts";
import { whyNotRankable } from "../../../src/results/compare/pairwise.ts";
import type { RunRecord } from "../../../src/results/schema.ts";
import { buildRecord } from "../recordBuilder.ts";

const a = buildRecord({ name: "A", items: 6 });
const other = buildRecord({ name: "B", items: 6, modelSeed: 2 });

function changed(change: (copy: RunRecord) => void, from: RunRecord = other): RunRecord {
  const copy = structuredClone(from);
  change(copy);
  return copy;
}
const withSettings = (settings: RunRecord["settings"]): RunRecord => ({ ...other, settings });
const messages = (x: RunRecord, y: RunRecord): string[] => discrepancies(x, y).map(({ message }) => message);
const metadata = (sha256: string) => ({
  path: "paper_metadata_view_cite_read.json",
  bytes: 1,
  sha256: sha256.repeat(64),
});
const clickMetadata = (sha256: string) => ({ path: "paper_metadata_recomm.json", bytes: 1, sha256: sha256.repeat(64) });
const withFiles = (record: RunRecord, ...files: RunRecord["dataset"]["files"]): RunRecord => ({
  ...record,
  dataset: { ...record.dataset, files: [...record.dataset.files, ...files] },
});

describe("two records of one dataset that cannot both be true", () => {
  it("are refused where a query's candidates have other grades, and where a task's papers are of another number", () => {
    const judged = changed(({ tasks: { cite } }) => {
      if (cite?.kind !== "ranking") throw new Error("no cite");
      const grades = cite.rows.relevance[2]!;
      grades.unshift(grades.pop()!);
    });
    expect(discrepancies(a, judged)[0]).toEqual({
      severity: "refused",
      message: expect.stringMatching(/^cite: query [0-9a-f]{40} has other relevant candidates in B than in A/),
    });
    const fewer = changed(({ tasks: { mesh } }) => {
      if (mesh?.kind !== "classification") throw new Error("no mesh");
      mesh.papers.expected -= 7;
      mesh.papers.embedded -= 7;
    });
    expect(messages(a, fewer)[0]).toBe("mesh: its papers are 144 in A and 137 in B, of the same data");
    expect(discrepancies(a, other).some(({ severity }) => severity === "refused")).toBe(false);
  });

  it("are told of where other papers lack a vector, as many as before but candidates of more queries", () => {
    const unranked = changed(({ tasks: { cite } }) => Object.assign(cite ?? {}, { candidatesUnranked: 9 }));
    expect(messages(a, unranked)[0]).toBe("cite: 0 candidates have no rank in A, 9 in B: other papers have no vector");
  });
});

describe("the settings of two records", () => {
  it("are noted where they differ, those of one side too, each with both values", () => {
    const [x, y] = [
      withSettings({ normalise: true, "title-only": null, prefix: "" }),
      withSettings({ normalise: false, "title-only": true, half: 0.5, prefix: null }),
    ];
    expect(messages(x, y).filter((message) => message.startsWith("setting"))).toEqual([
      "setting normalise: true in A, false in B",
      "setting title-only: none in A, true in B",
      "setting half: none in A, 0.5 in B",
    ]);
  });

  it("say nothing of what ran and where, of the model's fields, nor of what the families tell themselves", () => {
    const x = withSettings({
      tasks: "cite",
      data: "x",
      threads: 2,
      batchTokens: 10,
      pooling: "cls",
      seeds: 5,
      solver: "auto",
    });
    const y = withSettings({
      tasks: "mag",
      data: "y",
      threads: 4,
      batchTokens: 20,
      pooling: "mean",
      seeds: 3,
      solver: "reference",
    });
    expect(messages(x, y).filter((message) => message.startsWith("setting"))).toEqual([]);
  });

  it("go with the version that made each, where these differ", () => {
    const made = (scidocs?: string): RunRecord => ({ ...other, versions: scidocs === undefined ? {} : { scidocs } });
    const of = (x?: string, y?: string) =>
      messages(made(x), made(y)).filter((message) => message.startsWith("scidocs"));
    expect(of("1.0.0", "1.0.0")).toEqual([]);
    expect(of("1.0.0", "1.1.0")).toEqual(["scidocs 1.0.0 made A, 1.1.0 made B"]);
    expect(of("1.0.0")).toEqual(["scidocs 1.0.0 made A, of unknown version made B"]);
    expect(of(undefined, "1.0.0")).toEqual(["scidocs of unknown version made A, 1.0.0 made B"]);
  });
});

describe("the models of two records", () => {
  it("are of the same vectors only where both fingerprints are known and equal", () => {
    const same = "model: both records are of the same vectors (equal fingerprints)";
    const printed = (fingerprint: string | null): RunRecord =>
      changed(({ model }) => Object.assign(model, { fingerprint }));
    expect(messages(printed("1".repeat(64)), printed("1".repeat(64)))).toContain(same);
    expect(messages(printed("1".repeat(64)), printed("2".repeat(64)))).not.toContain(same);
    expect(messages(printed(null), printed(null))).not.toContain(same);
  });

  it("are told of field by field, with the field's name for whoever explains vectors by it", () => {
    const y = changed(({ model }) => Object.assign(model, { pooling: "mean", maxLength: null }), a);
    expect(discrepancies(a, y).filter(({ modelField }) => modelField !== undefined)).toEqual([
      { severity: "note", message: "model pooling: cls in A, mean in B", modelField: "pooling" },
      { severity: "note", message: "model maxLength: 512 in A, none in B", modelField: "maxLength" },
    ]);
    expect(discrepancies(a, other).every((found) => !("modelField" in found))).toBe(true);
  });
});

describe("the data of two records", () => {
  it("may have other texts where only vectors come of them, which is a warning", () => {
    const found = discrepancies(withFiles(a, metadata("1")), withFiles(other, metadata("2")));
    expect(found[0]).toMatchObject({
      severity: "warning",
      message: expect.stringMatching(
        /^dataset: paper_metadata_view_cite_read\.json differs .* used by co-view, co-read, cite, co-cite$/,
      ),
    });
  });

  it("may not where a task takes features from them", () => {
    const found = discrepancies(withFiles(a, clickMetadata("1")), withFiles(other, clickMetadata("2")));
    expect(found[0]).toMatchObject({ severity: "refused", message: expect.stringMatching(/used by recomm$/) });
  });

  it("matter as far as both records ran the tasks that read them", () => {
    const part = buildRecord({ name: "B", items: 6, tasks: ["cite"] });
    const found = discrepancies(withFiles(a, clickMetadata("1")), withFiles(part, clickMetadata("2")));
    expect(found.some(({ severity }) => severity === "refused")).toBe(false);
    const cited = discrepancies(withFiles(a, metadata("1")), withFiles(part, metadata("2")));
    expect(cited[0]!.message).toMatch(/used by cite$/);
  });

  it("are the same where no path is shared but the hash of all is", () => {
    const bare = (record: RunRecord, sha256: string): RunRecord => ({
      ...record,
      dataset: { ...record.dataset, files: [], sha256: sha256.repeat(64) },
    });
    expect(discrepancies(bare(a, "1"), bare(other, "1")).some(({ severity }) => severity === "refused")).toBe(false);
    expect(discrepancies(bare(a, "1"), bare(other, "2"))[0]).toMatchObject({ severity: "refused" });
  });
});

describe("records in one ranking", () => {
  const onVal: RunRecord = { ...other, split: "val" };

  it("may stand there where nothing between the first and any other is refused", () => {
    expect(whyNotRankable([])).toBeNull();
    expect(whyNotRankable([a])).toBeNull();
    expect(whyNotRankable([a, withSettings({ normalise: true }), other])).toBeNull();
  });

  it("may not where something is, which is named with both records", () => {
    expect(whyNotRankable([a, other, onVal])).toBe("A (A) and B (B): split: A is scored on test, B on val");
  });

  it("are of one suite", () => {
    expect(discrepancies(a, { ...other, suite: "another" })).toEqual([
      { severity: "refused", message: "suite: A is of scidocs, B of another" },
    ]);
  });
});
