// Runs one command of the built program again and again in this process, each time with another of its calls failing, and prints what it
// saw as JSON: a few hundred runs in the time of a few dozen processes; what is wrong and how far it is it also tells as it goes. Takes a
// job as JSON in its argument: `choice` says which calls fail, each in a run of its own (`all`, or of `origins`: of the calls from the same
// lines of the program the first, the second, one in the middle and the last), `sample` how many of them, taken by chance, if not each.
// `only` names the places of calls to fail, to look at them again.
import "./injectFault.mjs";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beginFaults, endFaults } from "./injectFault.mjs";

const { args, source, outputs, told, allowed, choice, sample, only, dist } = JSON.parse(process.argv[2] ?? "{}");
const built = (path) => import(join(dist, path));
// The commands are bundled, so that their class of errors is not the library's.
const [{ createProgram }, { exitCodes }, { systemTrouble }] = await Promise.all([
  built("cli/program.js"),
  built("errors.js"),
  built("files/pathError.js"),
]);
const codes = ["EIO", "ENOSPC", "EACCES", "EROFS", "EMFILE", "ESTALE"];

// What fails in this script itself reaches the listeners below, as a command's stray errors do: only its end is a success.
process.exitCode = 1;
let stray = null;
process.on("unhandledRejection", (error) => {
  stray ??= error;
});
process.on("uncaughtException", (error) => {
  stray ??= error;
});
process.on("exit", () => {
  if (stray !== null) console.error(stray);
});

/** Which call fails: by its place among all of the program's, or of one origin's alone, or among those of a process that it starts. */
const none = { at: 0, origin: 0, atInProcess: 0 };

/** Runs the command in a folder; an exit code of 1 stands for a crash, as in the program itself. */
async function run(folder, { at, origin, atInProcess }, code) {
  process.chdir(folder);
  const said = { stdout: "", stderr: "" };
  const context = {
    stdout: (text) => {
      said.stdout += text;
    },
    stderr: (text) => {
      said.stderr += text;
    },
    stdoutIsTerminal: false,
    columns: Number.POSITIVE_INFINITY,
    color: false,
    env: { ...process.env, XDG_CACHE_HOME: join(folder, ".cache") },
    cwd: folder,
    signal: new AbortController().signal,
    onProgress: () => {},
    whenStopped: () => {},
    saveWhenStopped: () => () => {},
    leaveWhenDone: () => {},
  };
  let exitCode = 0;
  beginFaults(folder, at, code, atInProcess, origin);
  try {
    await (await createProgram(context, args)).parseAsync(["node", "scidocs", ...args]);
  } catch (error) {
    const known = error.name === "ScidocsError" ? error : systemTrouble(error);
    exitCode = known === null ? 1 : exitCodes[known.code];
    said.stderr += `scidocs: ${known === null ? error.stack : known.message}\n`;
  }
  // What fails behind the command's back would end the process.
  await wait(1);
  if (stray !== null) {
    exitCode = 1;
    said.stderr += `unhandled: ${stray.stack}`;
    stray = null;
  }
  return { exitCode, ...said, ...endFaults() };
}

/** What an output says, without the times at which it was made. */
function contentOf(folder, name) {
  const path = join(folder, name);
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  if (!name.endsWith(".json")) return bytes.toString("base64");
  const timeless = (key, value) => (/createdAt|elapsed|Ms$|seconds|startedAt|machine|date/i.test(key) ? null : value);
  try {
    return JSON.stringify(JSON.parse(bytes.toString("utf8"), timeless));
  } catch {
    return `not JSON: ${bytes.toString("base64")}`;
  }
}

function difference(found, right) {
  const at = [...(right ?? "")].findIndex((letter, index) => letter !== (found ?? "")[index]);
  const piece = (text) => (text ?? "nothing").slice(Math.max(0, at - 100), at + 100);
  return `another one: ${piece(found)} instead of ${piece(right)}`;
}

/** A copy to work in; its own name is always the same, for it may be told. */
const copy = (name) => {
  const folder = join(`${source}-${name}`, "work");
  cpSync(source, folder, { recursive: true });
  return folder;
};
// A thread that was stopped may be at a last file.
const remove = (folder) => rmSync(dirname(folder), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
const plain = (text, folder) => text.replaceAll(folder, "FOLDER").replaceAll(/[\d.]+ (ms|s|papers\/s)\b/g, "TIME");

// The first run loads modules; the second one's calls are those of all others.
const firstFolder = copy("first");
await run(firstFolder, none, "EIO");
remove(firstFolder);
const rightFolder = copy("right");
const right = await run(rightFolder, none, "EIO");
const expected = outputs.map((name) => contentOf(rightFolder, name));
const before = outputs.map((name) => contentOf(source, name));
const processLog = `${rightFolder}.process`;
const inProcess = existsSync(processLog) ? JSON.parse(readFileSync(processLog, "utf8")).calls : 0;
const problems = [];
const tell = (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
if (!allowed.includes(right.exitCode) || right.exitCode === 2 || expected.includes(null)) {
  problems.push(
    `without a failure: exit ${right.exitCode}, ${right.stderr.slice(0, 1500)}, outputs ${expected.map((one) => one !== null)}`,
  );
}

/** The first, the second, a middle and the last call of each origin. */
function ofEachOrigin(origins) {
  const counts = new Map();
  for (const origin of origins) counts.set(origin, (counts.get(origin) ?? 0) + 1);
  return [...counts].flatMap(([origin, count]) =>
    [...new Set([1, Math.min(2, count), (count + 1) >> 1, count])].map((at) => ({ ...none, at, origin })),
  );
}

let state = 12345;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const upTo = (count, name) => Array.from({ length: count }, (_, index) => ({ ...none, [name]: index + 1 }));
const cases = [
  ...(choice === "origins" ? ofEachOrigin(right.origins) : upTo(right.calls, "at")),
  ...upTo(inProcess, "atInProcess"),
];
const chosen = (only === undefined ? cases : cases.filter(({ at }) => only.includes(at)))
  .map((one) => [random(), one])
  .sort(([a], [b]) => a - b)
  .slice(0, sample ?? cases.length)
  .map(([, one]) => one);
tell(`${right.calls} + ${inProcess} calls, of which ${chosen.length} will fail, each in a run: ${args.join(" ")}`);
const tally = { harmless: 0, refused: 0, missed: 0 };
for (const [index, fault] of problems.length > 0 ? [] : chosen.entries()) {
  const { at, origin, atInProcess } = fault;
  const folder = copy(`${at}-${origin}-${atInProcess}`);
  const code = codes[(index + at) % codes.length];
  const { exitCode, stdout, stderr, failed } = await run(folder, fault, code);
  const which = at === 0 ? `${atInProcess} of ${inProcess} in a process` : `${at} of ${origin || right.calls}`;
  const where = `call ${which} (${failed.replace(folder, "")}, ${code})`;
  const problem = (text) => {
    problems.push(`${where}: ${text}\n${plain(stderr, folder).slice(0, 1500)}`);
    tell(problems.at(-1));
  };
  if (index % 100 === 99) tell(`${index + 1} of ${chosen.length}: ${problems.length} problems`);
  // What failed in a process is told in that process alone.
  if (at > 0 && failed === "") tally.missed++;
  else if (exitCode === 2) tally.refused++;
  else tally.harmless++;
  if (!allowed.includes(exitCode)) problem(`exit ${exitCode}`);
  if (exitCode === 2 && !/scidocs: .{10}/.test(stderr)) problem("no message");
  if (stderr.length > 20_000 + right.stderr.length) problem(`a message of ${stderr.length} characters`);
  if (/^ +at /m.test(stderr)) problem("a stack in the message");
  const isDone = exitCode === right.exitCode;
  for (const [place, name] of outputs.entries()) {
    const found = contentOf(folder, name);
    if (isDone ? found !== expected[place] : found !== expected[place] && found !== before[place]) {
      problem(`${name} is ${found === null ? "not there" : difference(found, expected[place])}`);
    }
  }
  if (isDone && plain(stdout, folder) !== plain(right.stdout, rightFolder)) {
    const file = basename(failed.split(" ").at(-1));
    if (!told || !`${stdout}${stderr}`.includes(file)) problem(`stdout differs: ${stdout.slice(0, 300)}`);
  }
  const left = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.tmp$|\.part$/.test(name));
  if (left.length > 0 && !/rm|rename|rmdir/.test(failed)) problem(`leaves ${left.join(", ")}`);
  // Nothing is lost: the same command, when all is well again, gives the same.
  if (exitCode === 2) {
    const again = await run(folder, none, code);
    if (again.exitCode !== right.exitCode)
      problem(`then, without a failure: exit ${again.exitCode}, ${again.stderr.slice(-500)}`);
    for (const [place, name] of outputs.entries()) {
      if (contentOf(folder, name) !== expected[place]) {
        problem(
          `then, without a failure: ${name} is another one: ${difference(contentOf(folder, name), expected[place])}`,
        );
      }
    }
  }
  process.chdir(source);
  remove(folder);
}
remove(rightFolder);
process.stdout.write(JSON.stringify({ calls: right.calls, inProcess, ran: chosen.length, ...tally, problems }));
process.exit(0);
