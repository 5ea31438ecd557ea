// Preloaded into a run of the program (node --import): the n-th call of the file system that touches a folder fails. Of a count of
// calls, kept in the environment: SCIDOCS_FAULT_FOLDER, SCIDOCS_FAULT_AT (from 1; 0 fails none), SCIDOCS_FAULT_CODE, and
// SCIDOCS_FAULT_LOG, a file that gets the number of calls at the end.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolve, sep } from "node:path";
import { isMainThread } from "node:worker_threads";

const folder = resolve(process.env.SCIDOCS_FAULT_FOLDER ?? "/nowhere");
const failAt = Number(process.env.SCIDOCS_FAULT_AT ?? 0);
const code = process.env.SCIDOCS_FAULT_CODE ?? "EIO";
const log = process.env.SCIDOCS_FAULT_LOG;
const real = { writeFileSync: fs.writeFileSync };
let calls = 0;
let failed = "";

const touches = (path) => {
  if (typeof path !== "string") return false;
  const whole = resolve(path);
  return whole === folder || whole.startsWith(folder + sep);
};

/** Counts a call, and makes the chosen one fail. */
function count(name, subject) {
  calls++;
  if (calls !== failAt) return;
  failed = `${name} ${subject}`;
  throw Object.assign(new Error(`${code}: injected failure, ${name} '${subject}'`), { code, errno: -5, syscall: name });
}

const descriptors = new Map();
const withPath = [
  "openSync",
  "statSync",
  "lstatSync",
  "readdirSync",
  "readFileSync",
  "writeFileSync",
  "mkdirSync",
  "rmSync",
];
for (const name of withPath) {
  const original = fs[name];
  fs[name] = (path, ...rest) => {
    if (!touches(path)) return original(path, ...rest);
    count(name, path);
    const result = original(path, ...rest);
    if (name === "openSync") descriptors.set(result, String(path));
    return result;
  };
}
for (const name of ["readSync", "writeSync", "fstatSync", "ftruncateSync"]) {
  const original = fs[name];
  fs[name] = (descriptor, ...rest) => {
    if (descriptors.has(descriptor)) count(name, descriptors.get(descriptor));
    return original(descriptor, ...rest);
  };
}
const closeSync = fs.closeSync;
fs.closeSync = (descriptor) => {
  descriptors.delete(descriptor);
  return closeSync(descriptor);
};

const handles = new WeakMap();
let isHandlePatched = false;
for (const name of [
  "open",
  "stat",
  "lstat",
  "readdir",
  "readFile",
  "writeFile",
  "mkdir",
  "rename",
  "rm",
  "link",
  "copyFile",
  "realpath",
  "readlink",
]) {
  const original = fs.promises[name];
  fs.promises[name] = async (path, ...rest) => {
    if (!touches(path)) return await original(path, ...rest);
    count(name, path);
    const result = await original(path, ...rest);
    if (name === "open") patchHandle(result, String(path));
    return result;
  };
}

function patchHandle(handle, path) {
  handles.set(handle, path);
  if (isHandlePatched) return;
  isHandlePatched = true;
  const prototype = Object.getPrototypeOf(handle);
  for (const name of ["read", "write", "writeFile", "readFile", "stat", "sync", "writev", "truncate"]) {
    const original = prototype[name];
    prototype[name] = async function (...rest) {
      if (handles.has(this)) count(`handle.${name}`, handles.get(this));
      return await original.apply(this, rest);
    };
  }
}

syncBuiltinESMExports();
if (isMainThread && log !== undefined) {
  process.on("exit", () => real.writeFileSync(log, JSON.stringify({ calls, failed })));
}
