import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freshFolder, runScidocs } from "../cli/runScidocs.ts";

const root = join(import.meta.dirname, "../..");

it("the commands of docs/training.md lead from papers to a row of the table, as they stand there", () => {
  const folder = freshFolder();
  for (const name of ["datasets", "models"]) symlinkSync(join(root, name), join(folder, name));
  const page = readFileSync(join(root, "docs/training.md"), "utf8");
  const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
    block
      .replace(/\\\n\s*/g, "")
      .trim()
      .split("\n"),
  );
  expect(commands.map((command) => command.split(" ").slice(0, 2).join(" "))).toEqual([
    "scidocs data",
    "scidocs graph",
    "scidocs triplets",
    "scidocs train",
    "scidocs run",
    "scidocs report",
  ]);
  let table = "";
  for (const command of commands) {
    const { exitCode, stdout, stderr } = runScidocs(folder, command.split(" ").slice(1));
    expect(exitCode, `${command}: ${stderr}`).toBe(0);
    if (command.startsWith("scidocs run")) table = stdout;
  }
  const [, map] = /^best \(original\) .*? (\d\d\.\d\d) +\d\d\.\d\d /m.exec(table) ?? [];
  // Random weights come to 32 to 38 there: test/training/learning.slow.test.ts.
  expect(Number(map)).toBeGreaterThan(42);
  const report = readFileSync(join(folder, "training.html"), "utf8");
  const figures = [...report.matchAll(/<figcaption><strong>([^<]*)/g)].map(([, title]) => title);
  expect(figures).toEqual(expect.arrayContaining(["Loss", "Learning rate", "Gradient norm"]));
  const record = JSON.parse(readFileSync(join(folder, "model-output/best/training.json"), "utf8"));
  expect(JSON.stringify(record)).toContain("random:layers=2,hidden=64");
});
