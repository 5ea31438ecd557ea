import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runBenchmark } from "../../src/benchmark/runBenchmark.ts";
import { baselineSource } from "../../src/benchmark/sources/baseline.ts";
import type { CliContext } from "../../src/cli/context.ts";
import { createProgram } from "../../src/cli/program.ts";
import { ScidocsError } from "../../src/errors.ts";
import { recordText } from "../../src/results/record.ts";
import { openDataset } from "../../src/suites/dataset.ts";
import { freshFolder } from "./runScidocs.ts";
import { silentContext } from "./silentContext.ts";

const root = join(import.meta.dirname, "../..");
const folder = freshFolder();
const mini = join(root, "datasets/mini");
symlinkSync(mini, join(folder, "data"));
const dataset = await openDataset(mini);
for (const [file, baseline] of [
  ["old", "zero"],
  ["new", "random"],
  ["random", "random"],
] as const) {
  const { record } = await runBenchmark(dataset, baselineSource(baseline), { tasks: ["mesh", "cite"] });
  writeFileSync(join(folder, `${file}.json`), recordText(record));
}

/** The commands of a page's shell blocks, comments and pipes taken away. */
function commandsOf(page: string): string[] {
  const text = readFileSync(join(root, "docs", page), "utf8");
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
    block
      .split("\n")
      .map((line) =>
        line
          .replace(/\s#.*$/, "")
          .replace(/\s[|>].*$/, "")
          .trim(),
      )
      .filter((line) => line.startsWith("scidocs ")),
  );
}

/** The words of a command line; quotes hold words together. */
const wordsOf = (line: string): string[] =>
  (line.match(/"[^"]*"|\S+/g) ?? []).slice(1).map((word) => word.replaceAll('"', ""));

/** A context that keeps what a command prints. */
function quietContext(): { context: CliContext; printed: () => string } {
  let printed = "";
  const keep = (text: string): void => {
    printed += text;
  };
  const env = { XDG_CACHE_HOME: join(folder, ".cache") };
  const context = silentContext({ stdout: keep, stderr: keep, env, cwd: folder });
  return { context, printed: () => printed };
}

describe.each(["compare.md", "gate.md", "report.md", "ci.md"])("the commands in docs/%s", (page) => {
  const commands = commandsOf(page);

  it("are some", () => {
    expect(commands.length).toBeGreaterThan(1);
  });

  it.each(commands)("%s", async (command) => {
    const { context, printed } = quietContext();
    process.chdir(folder);
    try {
      const program = await createProgram(context, wordsOf(command));
      await program.parseAsync(["node", "scidocs", ...wordsOf(command)]);
    } catch (error) {
      // A gate may fail on records that were not made for it; every command must be one that runs.
      if (!(command.startsWith("scidocs gate") && error instanceof ScidocsError && error.code === "GATE")) throw error;
    }
    expect(printed()).not.toBe("");
  });
});
