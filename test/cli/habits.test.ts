import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { writeTinyCheckpoints } from "../../scripts/tinyCheckpoints.mjs";
import { createProgram } from "../../src/cli/program.ts";
import type { RunRecord } from "../../src/results/schema.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";
import { silentContext } from "./silentContext.ts";

const folder = freshFolder();
const papers = ["q", "a", "b", "c"].map((id) => [id, { paper_id: id, title: `Paper ${id}`, abstract: null }]);

beforeAll(() => {
  writeTinyCheckpoints(folder);
  mkdirSync(join(folder, "set/cite"), { recursive: true });
  mkdirSync(join(folder, "set/cocite"));
  for (const task of ["cite", "cocite"])
    writeFileSync(join(folder, `set/${task}/test.qrel`), "q 0 a 1\nq 0 b 0\nq 0 c 0\n");
  writeFileSync(join(folder, "set/paper_metadata_view_cite_read.json"), JSON.stringify(Object.fromEntries(papers)));
});

const read = (path: string): RunRecord => JSON.parse(readFileSync(join(folder, path), "utf8")) as RunRecord;
const run = (...args: string[]) =>
  runScidocs(folder, ["run", "--data", "set", "--no-store", "-o", "r.json", "--force", ...args]);

describe("habits of the field are taken", () => {
  test("-m and -t, lists by blanks or commas, and tasks as they are spelled elsewhere", () => {
    const ran = run("-m", "mini", "-t", "cite", "CoCite");
    expect([ran.exitCode, ran.stderr]).toEqual([0, ran.stderr]);
    expect(read("r.json").settings.tasks).toBe("cite,co-cite");
    expect(run("-m", "mini", "-t", "co_cite", "-t", "cite").exitCode).toBe(0);
    expect(read("r.json").settings.tasks).toBe("cite,co-cite");
    const empty = run("-m", "mini", "-t", "cite,,cocite");
    expect([empty.exitCode, empty.stderr]).toEqual([2, expect.stringContaining("An entry is empty")]);
  });

  test("--tasks all is every task that the data has, and a baseline's kind may stand behind its tasks", () => {
    expect(run("-m", "mini", "--tasks", "all").exitCode).toBe(0);
    expect(read("r.json").settings.tasks).toBe("cite,co-cite");
    const ran = runScidocs(folder, ["baseline", "--data", "set", "-t", "cite", "zero", "-o", "zero.json"]);
    expect([ran.exitCode, ran.stderr]).toEqual([0, "record: zero.json\n"]);
  });

  test("--device cpu is a provider, --batch-size a number of papers; two places at once are refused", () => {
    expect(run("-m", "mini", "-t", "cite", "--device", "cpu", "--batch-size", "2", "--max-length", "16").exitCode).toBe(
      0,
    );
    expect(read("r.json").settings).toMatchObject({ batchTokens: 32, provider: "cpu" });
    const two = run("-m", "mini", "--device", "cpu", "--provider", "cuda");
    expect([two.exitCode, two.stderr]).toEqual([2, expect.stringContaining("name two places")]);
    const odd = run("-m", "mini", "--device", "tpu");
    expect([odd.exitCode, odd.stderr]).toEqual([2, expect.stringContaining("cuda:1")]);
  });

  test("--model names what export writes, as --checkpoint does", () => {
    const ran = runScidocs(folder, ["export", "-m", "hf", "-o", "out/model.onnx"]);
    expect([ran.exitCode, ran.stderr]).toEqual([0, ran.stderr]);
    expect(ran.stdout).toContain("out/model.onnx");
    expect(runScidocs(folder, ["export", "-o", "x.onnx"]).stderr).toContain("--checkpoint");
  });

  test("a model that is not there is said before anything else is asked", () => {
    const ran = runScidocs(folder, ["run", "--model", "Specter"]);
    expect(ran.stderr).toMatch(/^scidocs: --model Specter: no such file or folder/);
    expect(ran.exitCode).toBe(2);
  });

  test("no help says of a switch that it is off by default", () => {
    for (const command of ["run", "embed", "score", "table", "gate", "report", "export", "compare", "doctor"]) {
      expect(runScidocs(folder, [command, "--help"]).stdout).not.toContain("default: false");
    }
  });
});

test("every help page keeps to 80 columns, long flags with their description beneath", async () => {
  const lines: string[] = [];
  const program = await createProgram(silentContext(), null);
  for (const command of [...program.commands, ...program.commands.flatMap((group) => group.commands)]) {
    command.configureOutput({ getOutHelpWidth: () => 80 });
    lines.push(...command.helpInformation().split("\n"));
  }
  // A URL is one word, which nothing breaks.
  expect(lines.filter((line) => line.length > 80 && !line.includes("https://"))).toEqual([]);
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}--user_activity_and_citations_embeddings_path <file>$/));
});

describe("names", () => {
  test("--name is a checkpoint's too, and --vocab may be the folder of its tokenizer", () => {
    const ran = run("-m", "hf", "-t", "cite", "--name", "mine", "--vocab", "hf-safetensors");
    expect([ran.exitCode, ran.stderr]).toEqual([0, ran.stderr]);
    expect(read("r.json").model.name).toBe("mine");
  });

  test("a folder called data goes by what is in it, else by the folder that holds it", () => {
    const place = join(folder, "project");
    cpSync(join(folder, "set"), join(place, "data"), { recursive: true });
    const nameOf = (): string => {
      runScidocs(place, ["baseline", "zero", "--data", "data", "-t", "cite", "-o", "r.json", "--force"]);
      return (JSON.parse(readFileSync(join(place, "r.json"), "utf8")) as RunRecord).dataset.name;
    };
    expect(nameOf()).toBe("project");
    writeFileSync(join(place, "data/.scidocs-pull.json"), "{}");
    expect(nameOf()).toBe("scidocs");
  });
});
