// npm run bench -- NAME [flags]: runs bench/NAME/main.mjs against the built program.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const [name, ...rest] = process.argv.slice(2);
const benches = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(import.meta.dirname, entry.name, "main.mjs")))
  .map((entry) => entry.name);
if (!benches.includes(name)) {
  console.error(`usage: npm run bench -- ${benches.join("|")} [flags]`);
  process.exit(2);
}
const { main } = await import(`./${name}/main.mjs`);
await main(rest);
