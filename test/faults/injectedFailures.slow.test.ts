import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyCheckpoints } from "../../scripts/tinyCheckpoints.mjs";
import { main, runScidocs } from "../cli/runScidocs.ts";
import { tinyPapers } from "../encoders/tinyEncoder.ts";
import { lastOfEach, tinyFlags, writeTinyTraining } from "../training/tinyTraining.ts";

// Every call by which a command meets the world may fail: of the file system, of its worker threads and processes, of ONNX Runtime. Of
// each command one call after the other is made to fail; of the slow ones a sample, with SCIDOCS_FAULTS=origins some of every line that
// calls, with SCIDOCS_FAULTS=all every one (the calls of a training take an hour or two).

const root = join(import.meta.dirname, "../..");
const mini = join(root, "models/mini");
const asked = ["origins", "all"].find((choice) => choice === process.env.SCIDOCS_FAULTS);

interface Command {
  readonly args: string;
  /** What it writes, to be what it would be without a failure, or what was there before. */
  readonly outputs?: readonly string[];
  /** What it reads and writes is laid in the folder by this, beside what all have. */
  readonly lay?: readonly string[];
  /** Calls that are made to fail; all of them where nothing is said. */
  readonly sample?: number;
  /** Whether it goes on without what it cannot read, and says so. */
  readonly told?: boolean;
  /** Exit codes besides the one that it has without a failure, and 2. */
  readonly allowed?: readonly number[];
}

const commands: readonly Command[] = [
  { args: "table a.json b.json" },
  { args: "table results --format csv", lay: ["results"], told: true },
  { args: "compare a.json b.json" },
  { args: "compare w.jsonl x.npy" },
  { args: "compare v.parquet w.jsonl", sample: 12 },
  {
    args: "gate b.json --baseline a.json --junit out/gate.xml",
    outputs: ["out/gate.xml"],
  },
  { args: "report a.json b.json -o out/report.html --data data", lay: ["data"], outputs: ["out/report.html"] },
  { args: "store merge shards/1 shards/2 -o all.vectors", lay: ["shards"], outputs: ["all.vectors"] },
  { args: "store info shards/1", lay: ["shards"] },
  { args: "data check --data data", lay: ["data"], told: true, allowed: [3] },
  {
    args: "embed --model model --papers papers.json -o out/v.npy --store store --threads 1",
    lay: ["model"],
    outputs: ["out/v.npy"],
    sample: 30,
  },
  {
    args: "embed --model hf --papers papers.json -o out/v.parquet --store store --threads 1",
    lay: ["hf"],
    outputs: ["out/v.parquet"],
    sample: 20,
  },
  {
    args: "run --model model --data data --tasks cite --store store --threads 1 -o out/r.json",
    lay: ["model", "data"],
    outputs: ["out/r.json"],
    sample: 20,
  },
  {
    args: "score --cls v.npy --user-citation v.npy --recomm v.npy --data data --tasks mag,cite --threads 1 -o out/r.json",
    lay: ["data"],
    outputs: ["out/r.json"],
    sample: 10,
  },
  { args: "export --checkpoint hf -o out/m.onnx", lay: ["hf"], outputs: ["out/m.onnx"], sample: 20 },
  {
    args: "export --checkpoint original/model.tar.gz -o out/m.onnx",
    lay: ["original"],
    outputs: ["out/m.onnx"],
    sample: 20,
  },
  { args: "graph --papers citing.json -o out", outputs: ["out/data.json", "out/train.txt"], sample: 15 },
  { args: "triplets --data-dir graph --outdir out", lay: ["graph"], sample: 15 },
  {
    args: lastOfEach(["train", ...tinyFlags, ..."--epochs 1 --save-every 4 --keep 1 -o out".split(" ")]).join(" "),
    lay: ["training"],
    outputs: ["out/best/model.safetensors"],
    sample: 15,
  },
];

let things: string;
beforeAll(() => {
  things = mkdtempSync(join(tmpdir(), "scidocs-faults-"));
  const scidocs = (args: string): void => {
    const { exitCode, stderr } = runScidocs(things, args.split(" "));
    if (exitCode !== 0) throw new Error(`${args}: ${stderr}`);
  };
  const all = join(things, "all");
  for (const folder of ["all", "results", "shards", "data", "training", "model", "hf", "original"])
    mkdirSync(join(things, folder), { recursive: true });
  cpSync(mini, join(things, "model/model"), { recursive: true });
  writeTinyCheckpoints(things, { seed: 1 });
  for (const name of ["hf", "original"]) {
    const place = join(things, name);
    cpSync(place, `${place}-kept`, { recursive: true });
    rmSync(place, { recursive: true });
    mkdirSync(place);
    cpSync(`${place}-kept`, join(place, name), { recursive: true });
  }
  const data = join(root, "datasets/mini");
  for (const name of ["cite", "mag", "paper_metadata_mag_mesh.json", "paper_metadata_view_cite_read.json"]) {
    cpSync(join(data, name), join(things, "data/data", name), { recursive: true });
  }
  // A few queries suffice: each paper costs calls.
  for (const name of ["cite/test.qrel", "cite/val.qrel"]) {
    const file = join(things, "data/data", name);
    writeFileSync(file, readFileSync(file, "utf8").split("\n").slice(0, 60).join("\n"));
  }
  const papers = tinyPapers(40);
  const byId = (more: (index: number) => object): string =>
    JSON.stringify(
      Object.fromEntries(papers.map((one, index) => [one.id, { paper_id: one.id, ...one, ...more(index) }])),
    );
  writeFileSync(
    join(all, "papers.json"),
    byId(() => ({})),
  );
  const neighbour = (index: number): string => papers[(index + 1) % papers.length]?.id ?? "";
  writeFileSync(
    join(all, "citing.json"),
    byId((index) => ({ references: [neighbour(index), neighbour(7 * index)], cited_by: [] })),
  );
  scidocs(`graph --papers all/citing.json -o graph/graph`);
  writeTinyTraining(join(things, "training"));
  for (const name of ["a", "b"]) {
    scidocs(`run --model ${mini} --data data/data --tasks cite --name ${name} -o all/${name}.json`);
  }
  for (const name of ["a.json", "b.json"]) cpSync(join(all, name), join(things, "results/results", name));
  const metadata = ["mag_mesh", "view_cite_read"].map((name) => join(data, `paper_metadata_${name}.json`)).join(" ");
  scidocs(`embed --model ${mini} --papers ${metadata} -o all/v.npy`);
  scidocs(`embed --model ${mini} --papers all/papers.json -o all/v.parquet`);
  scidocs(`embed --model ${mini} --papers all/papers.json --max-length 16 -o all/w.jsonl`);
  scidocs(`embed --model ${mini} --papers all/papers.json --max-length 12 -o all/x.npy`);
  // Two stores that have some texts in common.
  writeFileSync(
    join(things, "more.json"),
    JSON.stringify(Object.fromEntries(tinyPapers(60).map((one) => [one.id, { paper_id: one.id, ...one }]))),
  );
  for (const [store, file] of Object.entries({ 1: "all/papers.json", 2: "more.json" })) {
    scidocs(`embed --model ${mini} --papers ${file} --store shards/shards/${store} -o vectors.npy`);
  }
});
afterAll(() => rmSync(things, { recursive: true, force: true }));

interface Seen {
  readonly calls: number;
  readonly inProcess: number;
  readonly ran: number;
  readonly harmless: number;
  readonly refused: number;
  /** Runs in which the chosen call was not made: a measurement took fewer, or another thread was first. */
  readonly missed: number;
  readonly problems: readonly string[];
}

function faultyRuns(job: object): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, "faultyRuns.mjs");
    const child = execFile(
      process.execPath,
      [script, JSON.stringify(job)],
      { maxBuffer: 2 ** 27, env: { ...process.env, NO_COLOR: "1" } },
      (error, stdout, stderr) => {
        try {
          if (error !== null) throw error;
          resolve(JSON.parse(stdout));
        } catch (cause) {
          reject(new Error(`${cause}\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`));
        }
      },
    );
    // A sweep of an hour that is ended has told what it had seen.
    if (asked !== undefined) child.stderr?.pipe(process.stderr, { end: false });
  });
}

describe("whichever call fails", () => {
  it.each(commands)(
    "scidocs $args ends well or with exit code 2, and nothing is lost or half written",
    async (command) => {
      const source = join(things, `c${commands.indexOf(command)}`);
      cpSync(join(things, "all"), source, { recursive: true });
      for (const name of command.lay ?? []) cpSync(join(things, name), source, { recursive: true });
      const seen = await faultyRuns({
        args: command.args.split(" "),
        source,
        outputs: command.outputs ?? [],
        told: command.told ?? false,
        allowed: [0, 2, ...(command.allowed ?? [])],
        choice: asked ?? (command.sample === undefined ? "all" : "origins"),
        ...(asked === undefined ? { sample: command.sample } : {}),
        dist: join(root, "dist"),
      });
      const { calls, inProcess, ran, harmless, refused, missed } = seen;
      if (asked !== undefined)
        console.log(
          `${command.args}: ${calls} + ${inProcess} calls, ${ran} failed: ${refused} refused, ${harmless} harmless, ${missed} missed`,
        );
      expect(seen.problems.join("\n\n")).toBe("");
      expect(refused).toBeGreaterThan(0);
      expect(missed).toBeLessThanOrEqual(ran / 5);
    },
  );
});

it("the harness fails where it breaks off by itself, and does not count as having found nothing", async () => {
  const job = {
    args: ["table"],
    source: join(things, "not-there"),
    outputs: [],
    allowed: [0],
    dist: join(root, "dist"),
  };
  await expect(faultyRuns(job)).rejects.toThrow(/ENOENT/);
});

it("the program itself ends as it does in the harness", () => {
  const folder = join(things, "itself");
  cpSync(join(things, "all"), folder, { recursive: true });
  const inject = pathToFileURL(join(import.meta.dirname, "injectFault.mjs")).href;
  const env = { SCIDOCS_FAULT_FOLDER: folder, NODE_OPTIONS: `--import ${inject}`, SCIDOCS_FAULT_LOG: `${folder}.log` };
  const codes: (number | null)[] = [];
  // One call after the other, and then none.
  for (let at = 1, calls = 1; at <= calls + 1; at++) {
    const { exitCode, stderr } = runScidocs(folder, ["table", "a.json"], { ...env, SCIDOCS_FAULT_AT: String(at) });
    codes.push(exitCode);
    if (exitCode !== 0) expect(stderr).toMatch(/^scidocs: .*EIO/m);
    expect(stderr).not.toMatch(/this is a bug|^ +at /m);
    calls = JSON.parse(readFileSync(`${folder}.log`, "utf8")).calls;
    expect(calls).toBeGreaterThan(0);
  }
  expect(codes.length).toBeGreaterThan(4);
  expect(codes.indexOf(2)).toBe(0);
  expect(codes.at(-1)).toBe(0);
  expect(main).toContain("dist");
});

it("every call of the file system that the program imports is among those that are made to fail", () => {
  const harness = readFileSync(join(import.meta.dirname, "injectFault.mjs"), "utf8");
  const counted = new Set(
    harness.slice(harness.indexOf("export const counted"), harness.indexOf("const descriptors")).match(/\w+/g),
  );
  const source = join(root, "src");
  const imported = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .flatMap((path) => [
      ...readFileSync(join(source, path), "utf8").matchAll(/import \{([^}]*)\} from "node:fs(?:\/promises)?"/g),
    ])
    .flatMap(([, names]) => (names ?? "").split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "constants" && !name.startsWith("type "));
  expect(new Set(imported).size).toBeGreaterThan(15);
  expect([...new Set(imported)].filter((name) => !counted.has(name))).toEqual([]);
});
