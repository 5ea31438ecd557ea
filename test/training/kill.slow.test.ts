import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generator } from "../../src/stats/random/generator.ts";
import { main, runScidocs } from "../cli/runScidocs.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { runAndKill } from "./runAndKill.ts";
import { lastOfEach, tinyFlags, writeTinyTraining } from "./tinyTraining.ts";

const flags = (output: string): string[] =>
  lastOfEach(["train", ...tinyFlags, "--epochs", "4", "--save-every", "2", "--keep", "1", "-o", output]);

/** Runs a program in a terminal of its own and takes the terminal away as soon as a file is there; prints the signal that ended it. */
const closeTerminal = `
import json, os, pty, sys, time
wanted, command = sys.argv[1], sys.argv[2:]
process, terminal = pty.fork()
if process == 0: os.execvp(command[0], command)
while not os.path.exists(wanted):
    os.read(terminal, 65536)
os.close(terminal)
_, status = os.waitpid(process, 0)
print(json.dumps(os.WTERMSIG(status) if os.WIFSIGNALED(status) else None))
`;

const hasPython = spawnSync("python3", ["-c", "import pty"]).status === 0;

it.skipIf(!hasPython)("a training whose terminal is closed saves itself first, and ends by that signal", () => {
  const folder = temporaryFolder();
  writeTinyTraining(folder, 400);
  const command = [process.execPath, main, "train", ...tinyFlags, "-o", "out"];
  const ran = spawnSync("python3", ["-c", closeTerminal, "out/curves.csv", ...command], {
    cwd: folder,
    encoding: "utf8",
  });
  // SIGHUP, and no abort of Node's, which finds no terminal to give its settings back to.
  expect([ran.stdout, ran.stderr]).toEqual(["1\n", ""]);
  // No epoch had ended: without a stop there would be no checkpoint.
  expect(readdirSync(join(folder, "out")).filter((name) => /^checkpoint-|lock/.test(name))).toEqual([
    expect.stringMatching(/^checkpoint-\d+/),
  ]);
});

describe("a training that is killed at any moment", () => {
  for (const signal of ["SIGKILL", "SIGINT"] as const) {
    it(`and started again each time ends with the bytes of one that is not: ${signal}`, async () => {
      const folder = temporaryFolder();
      writeTinyTraining(folder, 60);
      expect(runScidocs(folder, flags("calm")).exitCode).toBe(0);
      mkdirSync(join(folder, "broken"));
      const random = generator(signal === "SIGKILL" ? 11 : 12);
      let [kills, finished] = [0, false];
      while (kills < 15 && !finished) {
        const [changes, afterMs] = [1 + Math.floor(random.uniform() * 30), 20 * random.uniform()];
        finished = await runAndKill(folder, flags("broken"), { output: "broken", changes, afterMs, signal });
        if (!finished) kills += 1;
      }
      expect(kills).toBeGreaterThan(0);
      const last = runScidocs(folder, flags("broken"));
      expect(last.stderr).toContain("starts from");
      expect(last.exitCode).toBe(0);
      const newest = (output: string): string =>
        readdirSync(join(folder, output))
          .filter((name) => name.startsWith("checkpoint-"))
          .sort()
          .at(-1) ?? "";
      expect(newest("broken")).toBe(newest("calm"));
      const model = newest("calm");
      for (const file of ["best/model.safetensors", `${model}/model.safetensors`, `${model}/optimizer.safetensors`]) {
        const [broken, calm] = ["broken", "calm"].map((name) => readFileSync(join(folder, name, file)));
        expect(calm !== undefined && broken?.equals(calm), file).toBe(true);
      }
      expect(readdirSync(join(folder, "broken")).filter((name) => /tmp|lock/.test(name))).toEqual([]);
    });
  }
});
