import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeTinyCheckpoints } from "../../scripts/tinyCheckpoints.mjs";
import { readRecord, recordText } from "../../src/results/record.ts";
import type { RunRecord } from "../../src/results/schema.ts";
import { buildRecord } from "../results/recordBuilder.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
/** What a terminal, a log, a spreadsheet, Markdown and LaTeX would act on. */
const evil =
  '[x]\u001b[2J\u009b31m\u202e\r\n::error::said by a file\n=HYPERLINK("http://evil.example","x")\n| a | b |\n<img src=x>\\end{tabular}&lt;';

function evilRecord(): RunRecord {
  const record = buildRecord({ name: evil, quality: 0.5, items: 30 });
  const { recomm: _recomm, ...tasks } = record.tasks;
  return {
    ...record,
    model: { ...record.model, recipe: evil, pooling: evil, provider: evil },
    dataset: { ...record.dataset, name: evil },
    settings: { ...record.settings, evil, [evil]: evil },
    tasks: { ...tasks, recomm: { kind: "skipped", reason: evil } },
    scores: { ...record.scores, "recomm-ndcg": null, "recomm-P@1": null, Avg: null },
    spread: {},
    notes: [evil],
    versions: { ...record.versions, [evil]: evil },
  };
}
writeFileSync(join(folder, "good.json"), recordText(buildRecord({ name: "good", quality: 0.6, items: 30 })));
writeFileSync(join(folder, "evil.json"), recordText(evilRecord()));

/** Commands that print what a record holds. */
const commands: readonly (readonly string[])[] = [
  ...["text", "markdown", "latex", "csv", "json"].map((format) => [
    "table",
    "evil.json",
    "good.json",
    "--format",
    format,
  ]),
  ["table", "evil.json", "--published"],
  ["table", "good.json", "--expect", evil],
  ["compare", "good.json", "evil.json", "--force"],
  ["compare", "good.json", "evil.json"],
  ["compare", "good.json", "evil.json", "--force", "--format", "json"],
  ["gate", "evil.json", "--baseline", "good.json"],
  ["gate", "evil.json", "--baseline", "good.json", "--force"],
  ["gate", "evil.json", "--baseline", "good.json", "--force", "--json"],
  ["gate", "evil.json", "--min", "mag-f1=1"],
  ["report", "evil.json", "good.json"],
  ["report", "evil.json"],
];

/** Everything in a text that a terminal or a log reader would act on. */
function actedOn(text: string): string[] {
  return [
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this looks for
    ...(text.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/g) ?? []),
    ...(text.match(/^\s*(::|=HYPERLINK|\| a \|).*/gm) ?? []),
  ];
}

describe("what a record's texts hold is shown, and acted on by nobody", () => {
  test.each(commands.map((args) => [args.join(" ").replaceAll(evil, "EVIL"), args] as const))("%s", (_name, args) => {
    const ran = runScidocs(folder, args);
    expect([0, 2, 4]).toContain(ran.exitCode);
    expect(actedOn(ran.stdout)).toEqual([]);
    expect(actedOn(ran.stderr)).toEqual([]);
    expect(ran.stderr).not.toContain("crashed");
  });

  test("as JSON it is the same text for whoever parses it", () => {
    const { stdout } = runScidocs(folder, ["table", "evil.json", "--format", "json"]);
    const { rows } = JSON.parse(stdout) as { rows: { model: string }[] };
    expect(rows[0]?.model).toContain(evil);
  });

  test("names of vector files, models and folders that are used reach the terminal as text", () => {
    const name = "[v]\u001b[31m.jsonl";
    mkdirSync(join(folder, "set\u001b[2J/cite"), { recursive: true });
    writeFileSync(join(folder, "set\u001b[2J/cite/test.qrel"), "q 0 a 1\nq 0 b 0\n");
    const line = (id: string, value: number) => `{"paper_id": "${id}", "embedding": [${value}]}\n`;
    writeFileSync(join(folder, name), line("q", 0) + line("a", 1) + line("b", 2));
    const ran = runScidocs(folder, [
      "score",
      "--data",
      "set\u001b[2J",
      "--user-citation",
      name,
      "-o",
      "e\u001b[2J.json",
    ]);
    expect([ran.exitCode, ran.stderr]).toEqual([0, "record: e\\x1b[2J.json\n"]);
    expect(actedOn(ran.stdout)).toEqual([]);
    expect(ran.stdout).toContain("[v]\\x1b[31m");
    writeTinyCheckpoints(join(folder, "m\u001b[31m"));
    const papers = join(folder, "papers.json");
    writeFileSync(papers, '{"a": {"paper_id": "a", "title": "A", "abstract": null}}');
    const model = "m\u001b[31m/hf";
    const embedded = runScidocs(folder, ["embed", "-m", model, "--papers", papers, "-o", "v\u001b[31m.jsonl"]);
    expect([embedded.exitCode, actedOn(embedded.stderr), embedded.stderr]).toEqual([0, [], embedded.stderr]);
    expect(embedded.stderr).toContain("m\\x1b[31m/hf");
  });

  test("what a model's folder, a store and a row of one's own say reaches the terminal as text", () => {
    const prompted = join(folder, "prompted/hf");
    writeTinyCheckpoints(join(folder, "prompted"));
    const part = (idx: number, path: string, type: string) => ({
      idx,
      name: `${idx}`,
      path,
      type: `sentence_transformers.models.${type}`,
    });
    const files = {
      "modules.json": [part(0, "", "Transformer"), part(1, "1_Pooling", "Pooling")],
      "1_Pooling/config.json": { word_embedding_dimension: 64, pooling_mode_mean_tokens: true },
      "config_sentence_transformers.json": { prompts: { [evil]: evil }, default_prompt_name: evil },
    };
    mkdirSync(join(prompted, "1_Pooling"));
    for (const [name, value] of Object.entries(files)) writeFileSync(join(prompted, name), JSON.stringify(value));
    const papers = join(folder, "one.json");
    writeFileSync(papers, '{"a": {"paper_id": "a", "title": "A", "abstract": null}}');
    writeFileSync(join(folder, "row.json"), JSON.stringify({ model: evil, source: evil, scores: { [evil]: 1 } }));
    const embed = ["embed", "-m", prompted, "--papers", papers, "--store", "kept"];
    for (const args of [
      [...embed, "--dry-run"],
      [...embed, "-o", "prompted.npy"],
      ["store", "info", "kept"],
      ["store", "info", "kept", "--json"],
      ["reproduce", "--no-pull", "--row", "row.json"],
    ]) {
      const ran = runScidocs(folder, args);
      expect([args, ran.exitCode, ...actedOn(ran.stdout), ...actedOn(ran.stderr)]).toEqual([
        args,
        args[0] === "reproduce" ? 2 : 0,
      ]);
    }
  });

  test("a vector file's name is shown as safely as it would be in a record", () => {
    const data = join(import.meta.dirname, "../../datasets/mini");
    const name = "[v]\u001b[31m.jsonl";
    writeFileSync(join(folder, name), '{"paper_id": "x", "embedding": [1]}\n');
    const ran = runScidocs(folder, ["score", "--data", data, "--cls", name, "--tasks", "mag"]);
    expect(ran.exitCode).toBe(2);
    expect(actedOn(ran.stderr)).toEqual([]);
  });
});

describe("a row of LaTeX", () => {
  test("that begins with a bracket or an asterisk is no argument of the row before it", async () => {
    const record = await readRecord(join(folder, "good.json"));
    for (const [name, start] of [
      ["[PRX] specter", "{[}PRX] specter (hf) &"],
      ["*new*", "{*}new* (hf) &"],
    ] as const) {
      writeFileSync(join(folder, "named.json"), recordText({ ...record, model: { ...record.model, name } }));
      const { stdout } = runScidocs(folder, ["table", "named.json", "--format", "latex"]);
      expect(stdout).toContain(`
${start}`);
    }
  });
});

describe.skipIf(!hasShared)("records of the kind that fooled it", () => {
  const shared = (path: string): string => sharedPath(`cases/${path}`);

  test.each(["text", "markdown", "csv", "latex"])("an escape in a name is written out in %s", (format) => {
    const { stdout } = runScidocs(folder, ["table", shared("table-escapes/record.json"), "--format", format]);
    expect(actedOn(stdout)).toEqual([]);
    expect(stdout).toContain("evil");
  });

  test("a bracket at a row's start stands in braces", () => {
    const records = ["a", "b"].map((name) => shared(`latex-row-starts-with-bracket/${name}.json`));
    const { stdout } = runScidocs(folder, ["table", ...records, "--format", "latex", "--no-significance"]);
    expect(stdout).toContain("\n{[}PRX] specter & ");
  });

  test("a formula behind a line feed stays text, and a dataset's name gives no command to a CI server", () => {
    const { stdout } = runScidocs(folder, ["table", shared("attack/csv1.json"), "--format", "csv"]);
    expect(stdout.split("\n")[1]).toMatch(/^"?'?=HYPERLINK.*\\x0ax/);
    expect(stdout.trim().split("\n")).toHaveLength(2);
    const gate = ["gate", shared("attack/dsname.json"), "--baseline", shared("gate-records/baseline.json")];
    for (const args of [gate, [...gate, "--force"], ["table", shared("attack/evil_record.json")]]) {
      const ran = runScidocs(folder, args);
      expect([...actedOn(ran.stdout), ...actedOn(ran.stderr)]).toEqual([]);
    }
  });

  test("the text of the case is what the file says", () => {
    expect(readFileSync(shared("attack/dsname.json"), "utf8")).toContain("::stop-commands::");
  });
});
