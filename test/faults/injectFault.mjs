// Makes the n-th of the calls fail by which the program meets the world: calls of the file system that touch a folder, the start and the
// messages of worker threads and processes, and calls of ONNX Runtime. Loaded before the program: in its process (`node --import`, or by
// the harness), and by itself in each thread and process that it starts.
import childProcess from "node:child_process";
import fs from "node:fs";
import Module, { syncBuiltinESMExports } from "node:module";
import { join, resolve, sep } from "node:path";
import workerThreads, { isMainThread, parentPort, threadId, Worker, workerData } from "node:worker_threads";

const self = import.meta.url;
const calledPlace = 0;
const failPlace = 1;
const textLengthPlace = 2;
const originPlace = 3;
const calledOfOriginPlace = 4;
const placesCount = 5;
const longestText = 2000;
const mostOrigins = 100_000;

/** Shared by all threads: places of numbers, then where each call came from, then the text that says which call failed. */
const shared = isMainThread || workerData?.faults === undefined ? null : workerData.faults;
const memory = shared?.memory ?? new SharedArrayBuffer(4 * (placesCount + mostOrigins) + longestText);
const numbers = new Int32Array(memory, 0, placesCount);
const origins = new Int32Array(memory, 4 * placesCount, mostOrigins);
const text = new Uint8Array(memory, 4 * (placesCount + mostOrigins));
const settings = {
  folder: shared?.folder ?? process.env.SCIDOCS_FAULT_FOLDER ?? "/nowhere",
  code: shared?.code ?? process.env.SCIDOCS_FAULT_CODE ?? "EIO",
  /** Which call fails in a process that is started; 0 fails none. */
  inProcess: Number(process.env.SCIDOCS_FAULT_IN_PROCESS ?? 0),
};
if (isMainThread) numbers[failPlace] = Number(process.env.SCIDOCS_FAULT_AT ?? 0);

/**
 * Begins a count.
 * @param at which call fails, from 1; 0 fails none
 * @param origin of the calls from there alone (see `endFaults`): the same call of each run, though another number of calls lies before it
 *     (as many as a measurement of a second takes); 0 counts all
 */
export function beginFaults(folder, at, code = "EIO", inProcess = 0, origin = 0) {
  Object.assign(settings, { folder: resolve(folder), code, inProcess });
  numbers.fill(0);
  numbers[failPlace] = at;
  numbers[originPlace] = origin;
}

/** Ends it: how many calls there were, where each came from (a number that the same lines of the program share), and which failed. */
export function endFaults() {
  const failed = Buffer.from(text.slice(0, numbers[textLengthPlace])).toString("utf8");
  const calls = numbers[calledPlace];
  const from = [...origins.subarray(0, calls)];
  beginFaults("/nowhere", 0);
  return { calls, origins: from, failed };
}

/** Where a call comes from: its name and the lines that led to it, as one number. */
function originOf(name) {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 40;
  const { stack = "" } = new Error(name);
  Error.stackTraceLimit = stackTraceLimit;
  // The harness itself counts, and runs, from several lines.
  const lines = stack.split("\n").filter((line) => !/(faultyRuns|injectFault)\.mjs/.test(line));
  let hash = 0;
  for (const letter of lines.join("")) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
  return hash || 1;
}

/** A call's place among those that are counted, from 1; 0 for one of another origin. */
function placeInCount(name, nth) {
  const origin = Atomics.load(numbers, originPlace);
  if (origin === 0) return nth;
  return originOf(name) === origin ? Atomics.add(numbers, calledOfOriginPlace, 1) + 1 : 0;
}

/** Counts a call; true for the one that shall fail. */
function isChosen(name, subject) {
  const nth = Atomics.add(numbers, calledPlace, 1) + 1;
  const at = Atomics.load(numbers, failPlace);
  // Only a count without a failure is asked for it.
  if (at === 0 && nth <= mostOrigins) origins[nth - 1] = originOf(name);
  writeLog();
  if (at === 0 || at !== placeInCount(name, nth)) return false;
  const bytes = Buffer.from(`${isMainThread ? "" : `thread ${threadId}: `}${name} ${subject}`).subarray(0, longestText);
  text.set(bytes);
  numbers[textLengthPlace] = bytes.length;
  return true;
}

const log = isMainThread ? process.env.SCIDOCS_FAULT_LOG : undefined;
const { renameSync, writeFileSync } = fs;

/** Tells the count to who started this process; whole at any time, for a process that has answered is killed. */
function writeLog() {
  if (log === undefined) return;
  writeFileSync(`${log}.next`, JSON.stringify({ calls: numbers[calledPlace] }));
  renameSync(`${log}.next`, log);
}

function systemError(name, subject) {
  const { code } = settings;
  return Object.assign(new Error(`${code}: injected failure, ${name} '${subject}'`), {
    code,
    errno: -5,
    syscall: name,
  });
}

function count(name, subject) {
  if (isChosen(name, subject)) throw systemError(name, subject);
}

// The file system -------------------------------------------------------------------------------------------------------------------

function touches(path) {
  if (path instanceof URL) return false;
  if (typeof path !== "string") return false;
  const whole = resolve(path);
  return whole === settings.folder || whole.startsWith(settings.folder + sep);
}

/** What the program calls; a test holds that this is all it imports. */
export const counted = {
  sync: "openSync statSync lstatSync readdirSync readFileSync mkdirSync rmSync realpathSync".split(" "),
  descriptor: "readSync writeSync fstatSync ftruncateSync fdatasync".split(" "),
  promises:
    "open stat lstat readdir readFile writeFile appendFile mkdir rename rm rmdir link copyFile realpath readlink access statfs utimes".split(
      " ",
    ),
  handle: "read write writeFile readFile stat sync writev truncate chmod".split(" "),
  // Streams open and read by the two; closing gives nothing back that could fail with data; the third cannot fail; the others are called
  // of what lies in no folder: a file that the shell has opened, and what the system says of a process.
  other: "createReadStream closeSync existsSync write readlinkSync".split(" "),
};

const descriptors = new Map();
for (const name of counted.sync) {
  const original = fs[name];
  fs[name] = (path, ...rest) => {
    if (touches(path)) count(name, path);
    const result = original(path, ...rest);
    if (name === "openSync" && touches(path)) descriptors.set(result, path);
    return result;
  };
}
for (const name of counted.descriptor) {
  const original = fs[name];
  fs[name] = (descriptor, ...rest) => {
    if (descriptors.has(descriptor)) {
      if (name === "fdatasync") {
        if (isChosen(name, descriptors.get(descriptor))) return void rest.at(-1)(systemError(name, ""));
      } else count(name, descriptors.get(descriptor));
    }
    return original(descriptor, ...rest);
  };
}
const { closeSync } = fs;
fs.closeSync = (descriptor) => {
  descriptors.delete(descriptor);
  return closeSync(descriptor);
};
// Streams of paths.
for (const name of ["open", "read"]) {
  const original = fs[name];
  fs[name] = (subject, ...rest) => {
    const isOurs = name === "open" ? touches(subject) : descriptors.has(subject);
    if (!isOurs) return original(subject, ...rest);
    const callback = rest.pop();
    if (isChosen(`stream ${name}`, subject)) return void process.nextTick(callback, systemError(name, subject));
    return original(subject, ...rest, (error, result, ...more) => {
      if (name === "open" && error === null) descriptors.set(result, subject);
      callback(error, result, ...more);
    });
  };
}

const handles = new WeakMap();
let isHandlePatched = false;
for (const name of counted.promises) {
  const original = fs.promises[name];
  fs.promises[name] = async (path, ...rest) => {
    if (touches(path)) count(name, path);
    const result = await original(path, ...rest);
    if (name === "open" && touches(path)) watchHandle(result, path);
    return result;
  };
}

function watchHandle(handle, path) {
  handles.set(handle, path);
  if (isHandlePatched) return;
  isHandlePatched = true;
  const prototype = Object.getPrototypeOf(handle);
  for (const name of counted.handle) {
    const original = prototype[name];
    prototype[name] = async function (...rest) {
      if (handles.has(this)) count(`handle.${name}`, handles.get(this));
      return await original.apply(this, rest);
    };
  }
}

// Threads and processes --------------------------------------------------------------------------------------------------------------

// A thread is not ended from outside: within ONNX Runtime that ends the whole process. It dies of what it has to say.

/** What a system without room for another thread says. */
const noRoom = () =>
  Object.assign(new Error("Worker initialization failure: injected failure"), { code: "ERR_WORKER_INIT_FAILED" });

workerThreads.Worker = class extends Worker {
  constructor(script, options) {
    if (isChosen("start of a thread", script)) throw noRoom();
    const faults = { memory, folder: settings.folder, code: settings.code };
    super(script, { ...options, execArgv: ["--import", self], workerData: { ...options?.workerData, faults } });
  }

  postMessage(...given) {
    // As V8 says it of what does not fit into the memory a second time.
    if (isChosen("message to a thread", "")) {
      throw new DOMException("Data cannot be cloned, out of memory.", "DataCloneError");
    }
    super.postMessage(...given);
  }
};
if (parentPort !== null && shared !== null) {
  const { postMessage } = parentPort;
  parentPort.postMessage = (...given) => {
    if (isChosen("message of a thread", "")) {
      // Thrown where nobody catches it: the thread ends.
      process.nextTick(() => {
        throw Object.assign(new Error("Worker terminated due to reaching memory limit: injected failure"), {
          code: "ERR_WORKER_OUT_OF_MEMORY",
        });
      });
      return;
    }
    postMessage.call(parentPort, ...given);
  };
}

const { fork } = childProcess;
childProcess.fork = (script, args, options) => {
  const fails = isChosen("start of a process", script);
  const child = fork(fails ? join(settings.folder, "no-such-script.js") : script, args, {
    ...options,
    execArgv: [...(options?.execArgv ?? []), "--import", self],
    env: {
      ...(options?.env ?? process.env),
      SCIDOCS_FAULT_FOLDER: settings.folder,
      SCIDOCS_FAULT_CODE: settings.code,
      SCIDOCS_FAULT_AT: String(settings.inProcess),
      SCIDOCS_FAULT_LOG: `${settings.folder}.process`,
    },
  });
  return child;
};

// ONNX Runtime -----------------------------------------------------------------------------------------------------------------------

const load = Module._load;
Module._load = (request, ...rest) => {
  const loaded = load(request, ...rest);
  if (request === "onnxruntime-node") watchRuntime(loaded);
  return loaded;
};

const watched = new WeakSet();
function watchRuntime({ InferenceSession }) {
  if (watched.has(InferenceSession)) return;
  watched.add(InferenceSession);
  const { create } = InferenceSession;
  InferenceSession.create = async (...given) => {
    if (isChosen("ONNX Runtime", "create")) throw new Error("injected failure: ONNX Runtime has no memory");
    const session = await create.apply(InferenceSession, given);
    const prototype = Object.getPrototypeOf(session);
    if (!watched.has(prototype)) {
      watched.add(prototype);
      const { run } = prototype;
      prototype.run = async function (...inputs) {
        if (isChosen("ONNX Runtime", "run")) throw new Error("injected failure: ONNX Runtime has no memory");
        return await run.apply(this, inputs);
      };
    }
    return session;
  };
}

syncBuiltinESMExports();
process.on("exit", writeLog);
