import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";

// The house keeps its order: which room may import which, no circles, files of a size that can be read, and one home for what must have
// one. docs/architecture.md shows the same rooms.

/** The rooms from the top down: each imports only rooms below it. Types count. */
const rooms = [
  ["cli"],
  ["training"],
  ["benchmark"],
  ["report"],
  ["results"],
  ["suites"],
  ["tasks"],
  ["learn"],
  ["metrics", "stats"],
  ["embed"],
  ["encoders"],
  ["onnx"],
  ["vectors", "datasets"],
  ["tensorFiles", "network"],
  ["files"],
  ["threads"],
];

/** Most lines of a file; the two WebAssembly kernels are longer, for a function of theirs cannot be cut without cost. */
const mostLines = 300;
const kernels = ["learn/svm/assembly/linearSvm.ts", "vectors/jsonLines/assembly/jsonVectors.ts"];

const source = join(import.meta.dirname, "../src");
const listing = readdirSync(source, { recursive: true, encoding: "utf8" }).map((path) => path.replaceAll("\\", "/"));
const textOf = new Map(
  listing.filter((path) => /\.(ts|css)$/.test(path)).map((path) => [path, readFileSync(join(source, path), "utf8")]),
);
const modules = [...textOf.keys()].filter((path) => path.endsWith(".ts") && !path.includes("/assembly/"));

/** Files that a file imports, types included. */
const importsOf = new Map(
  modules.map((path) => {
    const found = [...(textOf.get(path) ?? "").matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)];
    return [path, found.map(([, target]) => posix.normalize(posix.join(posix.dirname(path), target ?? "")))];
  }),
);

/** The room of a file; null for a file that lies beside the rooms and serves them all. */
function roomOf(path: string): string | null {
  return path.includes("/") ? (path.split("/")[0] ?? null) : null;
}

function levelOf(room: string): number {
  return rooms.findIndex((level) => level.includes(room));
}

/** Whether a file may import another. */
function isAllowed(from: string, to: string): boolean {
  const [a, b] = [roomOf(from), roomOf(to)];
  // What is exported to the world looks into every room, and nobody looks at it.
  if (to === "index.ts") return false;
  if (from === "index.ts" || b === null || a === b) return true;
  return a !== null && levelOf(a) < levelOf(b);
}

/** Circles of imports, each told once, from its first file to itself. */
function circles(): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) found.push([...way.slice(at), path].join(" → "));
    if (at >= 0 || done.has(path)) return;
    for (const target of importsOf.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of modules) visit(path, []);
  return found;
}

/** Files whose text has what only one may have. */
function filesWith(pattern: RegExp): string[] {
  return modules.filter((path) => pattern.test(textOf.get(path) ?? ""));
}

describe("imports", () => {
  test("name files that are there, with nothing unread", () => {
    const missing = [...importsOf.values()].flat().filter((path) => !textOf.has(path));
    expect(missing).toEqual([]);
    expect(modules.length).toBeGreaterThan(300);
  });

  test("every room has its place in the order", () => {
    const unplaced = new Set(modules.map(roomOf).filter((room) => room !== null && levelOf(room) < 0));
    expect([...unplaced]).toEqual([]);
  });

  test("point down", () => {
    const up = modules.flatMap((path) =>
      (importsOf.get(path) ?? []).filter((target) => !isAllowed(path, target)).map((target) => `${path} → ${target}`),
    );
    expect(up).toEqual([]);
  });

  test("make no circle", () => {
    expect(circles()).toEqual([]);
  });
});

test("docs/architecture.md shows the rooms in this order", () => {
  const page = readFileSync(join(source, "../docs/architecture.md"), "utf8");
  const shown = [...page.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].map(([, names]) =>
    names?.replaceAll("`", "").split(", "),
  );
  expect(shown.map((level) => level?.sort())).toEqual(rooms.map((level) => [...level].sort()));
});

test("docs/api.md has all that the library exports (npm run docs:api writes it)", () => {
  const page = readFileSync(join(source, "../docs/api.md"), "utf8");
  const lists = [...(textOf.get("index.ts") ?? "").matchAll(/export (?:type )?\{([^}]*)\}/g)];
  const names = lists.flatMap(([, list]) =>
    (list ?? "").split(",").map((name) => name.replace(/^\s*type /, "").trim()),
  );
  const shown = new Set([...page.matchAll(/^### (\w+)/gm)].map(([, name]) => name));
  expect(names.filter((name) => name !== "" && !shown.has(name))).toEqual([]);
  expect([...shown].filter((name) => name !== undefined && !names.includes(name))).toEqual([]);
});

test("the published types need no types of Node", () => {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const text = readFileSync(join(source, "../dist", path), "utf8");
    const needy = /.*(?:\bBuffer\b|\bNodeJS\.|"node:).*/.exec(text)?.[0];
    if (needy !== undefined) found.push(`${path}: ${needy.trim()}`);
    for (const [, target] of text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)\.(?:ts|js)"/g)) {
      visit(posix.normalize(posix.join(posix.dirname(path), `${target}.d.ts`)));
    }
  };
  const found: string[] = [];
  visit("index.d.ts");
  expect(found).toEqual([]);
  expect(seen.size).toBeGreaterThan(50);
});

describe("one home", () => {
  test.each([
    ["a worker thread is started", /new Worker\(/, ["threads/threads.ts"]],
    ["ONNX Runtime is loaded", /(from |\()"onnxruntime-node"(?!\),)/, ["onnx/runtime.ts"]],
    [
      "whether a file is there is asked, and a disk that fails told from a file that is not there,",
      /existsSync/,
      // The program's own files are there, or the installation is broken.
      ["files/isThere.ts", "threads/builtFile.ts"],
    ],
    ["other events are let through", /\bsetImmediate\b(?!\(turn\))/, ["threads/breathe.ts"]],
  ])("%s in one place", (_what, pattern, home) => {
    expect(filesWith(pattern)).toEqual(home);
  });
});

test("a file of somebody else's is opened where pipes and devices are refused, and nowhere else", () => {
  const openers = /import \{[^}]*\b(readFileSync|openSync|createReadStream|readFile|open)\b[^}]*\} from "node:fs/;
  expect(filesWith(openers).sort()).toEqual(
    [
      // What the package itself brings.
      "benchmark/diagnosis.ts",
      "cli/report.ts",
      "learn/recommendation/recommendationKernel.ts",
      "learn/svm/svmPool.ts",
      "suites/scidocs/published.ts",
      "training/trainingKernel.ts",
      "vectors/jsonLines/chunkParser.ts",
      "version.ts",
      // What is written.
      "datasets/download/downloadFile.ts",
      "embed/store/segmentWriter.ts",
      "files/writeWhole.ts",
      "tensorFiles/tar.ts",
      "training/curves/curves.ts",
      // The system's own.
      "files/processLock.ts",
      "files/regularFile.ts",
    ].sort(),
  );
});

describe("sizes", () => {
  const lines = [...textOf].map(([path, text]) => ({ path, lines: text.split("\n").length - 1 }));

  test(`no file has more than ${mostLines} lines`, () => {
    const long = lines.filter(({ path, lines: count }) => count > mostLines && !kernels.includes(path));
    expect(long).toEqual([]);
  });

  test("half of the files have fewer than 120", () => {
    const sorted = lines.map(({ lines: count }) => count).sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(120);
  });
});
