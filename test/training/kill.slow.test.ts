import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generator } from "../../src/stats/random/generator.ts";
import { main, runScidocs } from "../cli/runScidocs.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { tinyFlags, writeTinyTraining } from "./tinyTraining.ts";

const flags = (output: string): string[] => [
  ...["train", ...tinyFlags, "--epochs", "4", "--save-every", "2", "--keep", "1", "-o", output],
];

/**
 * Runs the training and kills it some time after its folder has changed so often: in the middle of a checkpoint, between two, while
 * old ones are removed.
 * @returns true when it ended by itself
 */
function runAndKill(folder: string, changes: number, afterMs: number, signal: NodeJS.Signals): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...flags("broken")], { cwd: folder, stdio: "ignore" });
    let seen = 0;
    const watcher = watch(join(folder, "broken"), () => {
      seen += 1;
      if (seen === changes) setTimeout(() => child.kill(signal), afterMs);
    });
    child.on("exit", (code) => {
      watcher.close();
      resolve(code === 0);
    });
  });
}

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
        finished = await runAndKill(folder, 1 + Math.floor(random.uniform() * 30), 20 * random.uniform(), signal);
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
