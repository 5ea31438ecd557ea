import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeTinyEncoder } from "../encoders/tinyEncoder.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";

// What is not UTF-8 is never read with replacement signs, which would make one id, name or piece of two.

const folder = freshFolder();
const model = writeTinyEncoder(join(folder, "model"));
writeFileSync(join(folder, "papers.json"), '{"a": {"paper_id": "a", "title": "graph", "abstract": null}}');
const record = join(folder, "record.json");

/** A copy of a file in which the last `from` is a byte that is no UTF-8. */
function spoilt(path: string, from: string, to: string): void {
  const bytes = readFileSync(path);
  const at = bytes.lastIndexOf(from);
  expect(at).toBeGreaterThanOrEqual(0);
  bytes[at] = 0xe9;
  mkdirSync(join(to, ".."), { recursive: true });
  writeFileSync(to, bytes);
}

const embed = (papers: string, encoder = model): string[] => [
  "embed",
  "--model",
  encoder,
  "--papers",
  papers,
  "-o",
  "out.jsonl",
  "--no-store",
];

describe("a file that is not UTF-8 is refused, and the place named", () => {
  it.each([
    ["a paper's id", 'a": {', "latin.json", /latin\.json:1: .*not UTF-8 text/, () => embed("latin.json")],
    ["a paper's title", "graph", "title.json", /title\.json:1: .*not UTF-8 text/, () => embed("title.json")],
  ])("%s", (_what, from, to, message, args) => {
    spoilt(join(folder, "papers.json"), from, join(folder, to));
    const { exitCode, stderr } = runScidocs(folder, args());
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });

  it("a vocabulary", () => {
    cpSync(join(folder, "model"), join(folder, "spoilt"), { recursive: true });
    spoilt(join(folder, "model/vocab.txt"), "network", join(folder, "spoilt/vocab.txt"));
    const { exitCode, stderr } = runScidocs(folder, embed("papers.json", join(folder, "spoilt/tiny.onnx")));
    expect(stderr).toMatch(/vocab\.txt:\d+: not UTF-8 text/);
    expect(exitCode).toBe(2);
  });

  it("a record, and a configuration of the gate", () => {
    expect(runScidocs(folder, ["run", "--tasks", "cite", "--no-store", "-o", record]).exitCode).toBe(0);
    spoilt(record, "mini", join(folder, "named.json"));
    const table = runScidocs(folder, ["table", "named.json"]);
    expect(table.stderr).toMatch(/named\.json:\d+: not UTF-8 text/);
    expect(table.exitCode).toBe(2);
    writeFileSync(join(folder, "good.config.json"), '{"gate": {"min": {"Avg": 1}}} ');
    spoilt(join(folder, "good.config.json"), "Avg", join(folder, "gate.config.json"));
    const gate = runScidocs(folder, ["gate", record, "--config", "gate.config.json"]);
    expect(gate.stderr).toMatch(/gate\.config\.json:1: not UTF-8 text/);
    expect(gate.exitCode).toBe(2);
  });
});
