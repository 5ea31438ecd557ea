// Asks for locks where no file can be linked, as on exFAT or a mounted disk of the cloud. Runs the built program.
import fs, { readdirSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { hostname } from "node:os";
import { basename, dirname } from "node:path";
import { setTimeout } from "node:timers/promises";

fs.promises.link = async () => {
  throw Object.assign(new Error("EPERM: operation not permitted, link"), { code: "EPERM" });
};
syncBuiltinESMExports();
const { acquireLock } = await import("../../dist/files/processLock.js");

const [path] = process.argv.slice(2);
const outcomes = await Promise.all(Array.from({ length: 20 }, () => acquireLock(path)));
const winners = outcomes.filter((outcome) => "release" in outcome);
for (const winner of winners) await winner.release();

// Another process that has made its lock and not yet filled it.
writeFileSync(path, "");
const asked = acquireLock(path);
await setTimeout(100);
writeFileSync(path, JSON.stringify({ pid: 1, host: `not ${hostname()}`, started: "1" }));
const waited = await asked;
rmSync(path);
process.stdout.write(
  JSON.stringify({
    winners: winners.length,
    waited: { holder: waited.holder?.pid },
    rest: readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path))),
  }),
);
