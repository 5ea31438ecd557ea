import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ScidocsError } from "../../src/errors.ts";
import { systemTrouble } from "../../src/files/pathError.ts";

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

test("a failing system call is ordinary trouble, with its path in the message", () => {
  const trouble = systemTrouble(thrownBy(() => readFileSync("/not/there")));
  expect(trouble).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("/not/there") });
});

test("an input that is larger than a table or a text can be is ordinary trouble", () => {
  for (const work of [
    () => "x".repeat(2 ** 30),
    () => new ArrayBuffer(2 ** 52),
    () => Buffer.alloc(2 ** 29).toString(),
  ]) {
    expect(systemTrouble(thrownBy(work))).toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringContaining("larger than a program can hold"),
    });
  }
});

test("a fault of the program is none", () => {
  expect(systemTrouble(thrownBy(() => readFileSync(-1)))).toBeNull();
  expect(systemTrouble(Object.assign(new Error("EBADF"), { code: "EBADF", syscall: "read" }))).toBeNull();
  expect(systemTrouble(new TypeError("x is not a function"))).toBeNull();
  expect(systemTrouble(new ScidocsError("USAGE", "no"))).toBeNull();
});

test("memory that the system does not grant is ordinary trouble", () => {
  for (const message of [
    "WebAssembly.Memory(): could not allocate memory",
    "WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory for new instance",
  ]) {
    expect(systemTrouble(new RangeError(message))).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("ulimit -v"),
    });
  }
  expect(systemTrouble(new RangeError("WebAssembly.Memory(): Property 'initial' is required"))).toBeNull();
});
