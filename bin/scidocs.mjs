#!/usr/bin/env node
// Starts the built program. It stands outside dist/ so that it can say that dist/ is not there: `npm link` makes the command before the
// first build. It speaks the syntax of old Nodes, to tell them that they are too old.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (path) => new URL(`../${path}`, import.meta.url);

/** What keeps the program from starting; null for nothing. */
function problem() {
  const wanted = JSON.parse(readFileSync(at("package.json"), "utf8")).engines.node.replace(">=", "");
  const [has, needs] = [process.versions.node, wanted].map((version) => version.split(".").map(Number));
  const first = needs.findIndex((part, place) => part !== has[place]);
  if (first >= 0 && has[first] < needs[first]) return `needs Node ${wanted} or newer; this is ${process.versions.node}`;
  // Written last by the build.
  if (existsSync(at("dist/built.txt"))) return null;
  const folder = fileURLToPath(at(""));
  if (!existsSync(at("src/cli/main.ts"))) return `the package in ${folder} is not whole; install it again`;
  const how = existsSync(at("dist")) ? "has been built only in part" : "has not been built";
  return `${folder} ${how}: run \`npm run build\` there`;
}

const found = problem();
if (found === null) await import("../dist/cli/main.js");
else {
  process.stderr.write(`scidocs: ${found}\n`);
  process.exitCode = 2;
}
