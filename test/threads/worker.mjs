import { ScidocsError } from "../../dist/errors.js";
import { answerCalls, isStopped, threadData, threadIndex } from "../../dist/threads/inThread.js";

// A worker for the tests of threads: it does what the call's first word says.
const order = [];
const { together = false } = threadData() ?? {};

function thrown() {
  const cause = Object.assign(new Error("no such file"), { code: "ENOENT", syscall: "open" });
  return new ScidocsError("BAD_INPUT", "file.csv:3: broken", { cause });
}

const actions = {
  echo: (value) => ({ value }),
  index: () => ({ value: threadIndex() }),
  data: () => ({ value: threadData() }),
  order: (name) => {
    order.push(name);
    return { value: [...order] };
  },
  count: (length, report) => {
    for (let done = 1; done <= length; done++) report(done);
    return { value: "counted" };
  },
  buffer: (bytes) => ({ value: bytes, transfer: [bytes.buffer] }),
  refuse: () => {
    throw thrown();
  },
  fail: () => {
    throw "no error at all";
  },
  crash: () => {
    // Outside of the call, where nobody catches it.
    setImmediate(() => {
      throw thrown();
    });
    return new Promise(() => {});
  },
  exit: () => process.exit(3),
  never: () => new Promise(() => {}),
  spin: () => {
    for (;;);
  },
  /** Native code as the tests can have it: deaf to all but the flag, and an answer at the end. */
  deaf: (cell) => {
    Atomics.store(cell, 0, 1);
    Atomics.wait(cell, 0, 1);
    return { value: isStopped() ? "stopped meanwhile" : "done" };
  },
};

answerCalls(([action, argument], report) => actions[action](argument, report), { together });
