// npm run mutants [-- ROOM…] [-- --file src/stats/power.ts] [-- --share 0.4 --seed 1] [-- --again]: changes the code of a room in hundreds of small
// ways, one at a time, and tells which changes none of the room's tests notices. --share tries a seeded sample of them; --again tries what the last
// run left unnoticed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { keyOf } from "./chosen.mjs";
import { keptReport, merged, printed, rangeOf, unnoticedOf } from "./report.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const reports = join(root, "reports/mutants");
const known = ["metrics", "stats", "tasks", "results", "learn"];
/** Code in tight loops is slow once every place can be changed: there one file at a time is made changeable. */
const fileByFile = ["stats", "learn"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    file: { type: "string", multiple: true },
    share: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    again: { type: "boolean", default: false },
  },
});
const sample = { share: Number(values.share), seed: Number(values.seed) };
const named = values.file ? values.file.map((file) => file.split("/")[1]) : positionals;
const rooms = named.length === 0 ? known : [...new Set(named)];
const strange = rooms.filter((room) => !known.includes(room));
if (strange.length > 0) {
  console.error(`no such room: ${strange.join(", ")}; there are ${known.join(", ")}`);
  process.exit(2);
}
if (!(sample.share > 0 && sample.share <= 1 && Number.isSafeInteger(sample.seed))) {
  console.error("--share is a number above 0 and at most 1, --seed a whole number");
  process.exit(2);
}

/** Files of a room. Worker threads load the built program, where no change would be seen; what is compiled to WebAssembly is no TypeScript. */
function filesOf(room) {
  if (values.file) return values.file.filter((file) => file.split("/")[1] === room);
  return readdirSync(join(root, "src", room), { recursive: true })
    .map((name) => `src/${room}/${name}`)
    .filter((file) => file.endsWith(".ts") && !/Worker\.ts$|\.d\.ts$|\/assembly\//.test(file))
    .sort();
}

/** One run of the tester; its report, or null where it failed, as it does where none of the room's tests imports what is changed. */
function mutate(room, ranges, choice) {
  const last = join(reports, "last.json");
  rmSync(last, { force: true });
  mkdirSync(reports, { recursive: true });
  writeFileSync(join(reports, "choice.json"), JSON.stringify(choice));
  // Tests find the goldens beside the repository, here beside the tester's copy of it.
  rmSync(join(root, ".stryker-tmp"), { recursive: true, force: true });
  mkdirSync(join(root, ".stryker-tmp"), { recursive: true });
  const shared = join(root, "../shared");
  if (existsSync(shared)) symlinkSync(relative(join(root, ".stryker-tmp"), shared), join(root, ".stryker-tmp/shared"));
  spawnSync(
    process.execPath,
    [join(root, "node_modules/@stryker-mutator/core/bin/stryker.js"), "run", "--mutate", ranges.join(",")],
    {
      cwd: root,
      stdio: "inherit",
      env: {
        ...process.env,
        SCIDOCS_MUTANTS_ROOM: room,
        SCIDOCS_MUTANTS_CHOICE: join(reports, "choice.json"),
        // Tests run in threads there, and a thread cannot turn the runtime's telemetry off by itself.
        ORT_DISABLE_TELEMETRY: "1",
      },
    },
  );
  rmSync(join(root, ".stryker-tmp"), { recursive: true, force: true });
  return existsSync(last) ? JSON.parse(readFileSync(last, "utf8")) : null;
}

const failed = [];
for (const room of rooms) {
  const kept = keptReport(root, room);
  const files = filesOf(room);
  const asked = files.map((file) => ({ file, unnoticed: values.again ? unnoticedOf(root, kept, file) : null }));
  // Files to ask about whole, and files to ask about again, apart: a run's choice is either a sample or a list.
  const whole = asked.filter(({ unnoticed }) => unnoticed === null);
  const again = asked.filter(({ unnoticed }) => unnoticed !== null && unnoticed.length > 0);
  for (const part of [whole, again]) {
    const runs = fileByFile.includes(room) ? part.map((one) => [one]) : part.length > 0 ? [part] : [];
    for (const run of runs) {
      const changes = run.flatMap(({ file, unnoticed }) => (unnoticed ?? []).map((mutant) => ({ file, mutant })));
      const ranges =
        part === whole ? run.map(({ file }) => file) : changes.map(({ file, mutant }) => rangeOf(file, mutant));
      const only = part === whole ? null : changes.map(({ file, mutant }) => keyOf(file, mutant));
      const report = mutate(room, ranges, { sample, only });
      if (report === null) failed.push(...run.map(({ file }) => file));
      else merged(kept, report, () => part === again);
      kept.save();
    }
  }
  console.log(printed(room, kept, files));
}
if (failed.length > 0) console.error(`could not be judged, or no test of the room imports it: ${failed.join(", ")}`);
process.exit(failed.length > 0 ? 1 : 0);
