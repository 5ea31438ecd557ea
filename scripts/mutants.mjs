// npm run mutants [-- ROOM…] [-- --file src/stats/power.ts]: changes the code of a room in hundreds of small ways, one at a time, and tells
// which changes none of the room's tests notices. Hours for all rooms; a room at a time is minutes.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const known = ["metrics", "stats", "tasks", "results", "learn"];
const args = process.argv.slice(2);
const at = args.indexOf("--file");
const file = at === -1 ? null : args[at + 1];
const named = args.filter((_, index) => at === -1 || (index !== at && index !== at + 1));
const rooms = file === null ? (named.length === 0 ? known : named) : [file.split("/")[1]];
const strange = rooms.filter((room) => !known.includes(room));
if (strange.length > 0) {
  console.error(`no such room: ${strange.join(", ")}; there are ${known.join(", ")}`);
  process.exit(2);
}
let failed = false;
for (const room of rooms) {
  // Worker threads load the built program, where no change would be seen.
  const mutate = file ?? `src/${room}/**/*.ts,!src/**/*Worker.ts`;
  const { status } = spawnSync(
    process.execPath,
    [join(root, "node_modules/@stryker-mutator/core/bin/stryker.js"), "run", "--mutate", mutate],
    {
      cwd: root,
      stdio: "inherit",
      // Tests run in threads there, and a thread cannot turn the runtime's telemetry off by itself.
      env: { ...process.env, SCIDOCS_MUTANTS_ROOM: room, ORT_DISABLE_TELEMETRY: "1" },
    },
  );
  failed ||= status !== 0;
}
process.exit(failed ? 1 : 0);
