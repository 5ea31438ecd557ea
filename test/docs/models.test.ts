import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { freshFolder, runScidocs } from "../cli/runScidocs.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = freshFolder();

it("runs the worked example of docs/models.md as it stands there", () => {
  symlinkSync(join(root, "scripts"), join(folder, "scripts"));
  const page = readFileSync(join(root, "docs/models.md"), "utf8");
  const block = /<!-- These commands are run by.*?```sh\n(.*?)```/s.exec(page)?.[1] ?? "";
  const lines = block.trim().split("\n");
  const outputs = lines.map((line) => {
    const [program, ...args] = line.split(" ");
    if (program !== "node") return runScidocs(folder, args);
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    return { exitCode: status, stdout, stderr };
  });
  expect(outputs.map(({ exitCode, stderr }) => (exitCode === 0 ? 0 : stderr))).toEqual(lines.map(() => 0));
  // What the page says of the four comparisons.
  const [, forms, original, , asHf, , int8] = outputs.map(({ stdout }) => stdout);
  expect(forms).toContain("No paper moved.");
  const shown = /```text\n(.*?)\n {2}…/s.exec(page)?.[1] ?? "no output on the page";
  // The last digits of a vector depend on the machine, and with them now and then a neighbour.
  const numbers = (text: string): number[] => [...text.matchAll(/\d+(\.\d+)?/g)].map(([number]) => Number(number));
  const summary = (text: string): string => text.split("\n").slice(2, 7).join("\n");
  const [onPage, printed] = [numbers(summary(shown)), numbers(summary(original ?? ""))];
  expect(printed.length).toBe(onPage.length);
  for (const [index, number] of onPage.entries())
    expect(Math.abs((printed[index] ?? 0) / number - 1)).toBeLessThan(0.03);
  expect(asHf).toContain("No paper moved.");
  expect(Number(/mean (\S+),/.exec(int8 ?? "")?.[1])).toBeGreaterThan(0.995);
});
