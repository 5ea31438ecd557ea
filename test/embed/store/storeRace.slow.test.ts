import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openVectorStore } from "../../../src/embed/store/store.ts";
import { seededNumbers } from "../../encoders/tinyEncoder.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-race-"));
const keyOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const vectorOf = (text: string): Float32Array =>
  new Float32Array(
    new Uint8Array(createHash("sha256").update(`of ${text}`).digest()).map((byte) => byte & 0x3f).buffer,
  );
const identity = { fingerprint: keyOf("settings"), settings: { model: "m" } };
const texts = Array.from({ length: 24 }, (_, index) => `text ${index}`);
const script = join(import.meta.dirname, "storeRaceChild.mjs");
const processes = 8;
const rounds = 500;

const children: ChildProcess[] = [];
const childAt = (place: number): ChildProcess => {
  const child = children[place];
  if (child?.connected === true) return child;
  const fresh = fork(script);
  children[place] = fresh;
  return fresh;
};
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

interface Heard {
  readonly stored: Set<string>;
  readonly wrong: string[];
  readonly failed: string[];
}

/** One process's part in a round; with `killAfter` it is killed after so many answers. */
function takePart(child: ChildProcess, message: object, killAfter: number, heard: Heard): Promise<void> {
  return new Promise((resolve) => {
    let answers = 0;
    const over = (): void => {
      child.removeAllListeners();
      resolve();
    };
    child.on("message", (answer: { stored?: string[]; wrong?: string; failed?: string; done?: boolean }) => {
      for (const text of answer.stored ?? []) heard.stored.add(text);
      if (answer.wrong !== undefined) heard.wrong.push(answer.wrong);
      if (answer.failed !== undefined) heard.failed.push(answer.failed);
      if (++answers === killAfter) child.kill("SIGKILL");
      if (answer.done === true || answer.failed !== undefined) over();
    });
    child.on("exit", over);
    child.send(message);
  });
}

/** What killed and finished processes may have left: segments with and without an end, torn, empty, foreign, half joined; a lock. */
async function leaveThings(place: string): Promise<string[]> {
  const left: string[] = [];
  const stem = join(place, identity.fingerprint.slice(0, 16));
  for (let index = 0; index < 9; index++) {
    const store = await openVectorStore(place, identity);
    const text = `left ${index}`;
    store.append([{ key: keyOf(text), paperId: text, truncated: false }], vectorOf(text), 8);
    await store.close();
    left.push(text);
  }
  const names = readdirSync(`${stem}.store`);
  const whole = readFileSync(join(`${stem}.store`, names[0] ?? ""));
  writeFileSync(join(`${stem}.store`, "1111.vectors"), whole.subarray(0, -30));
  writeFileSync(join(`${stem}.store`, "2222.vectors"), whole.subarray(0, 20));
  writeFileSync(join(`${stem}.store`, "3333.vectors"), "");
  writeFileSync(join(`${stem}.store`, "4444.vectors.tmp"), whole.subarray(0, 200));
  for (const name of readdirSync(`${stem}.store`)) utimesSync(join(`${stem}.store`, name), 0, 0);
  writeFileSync(`${stem}.vectors`, whole);
  writeFileSync(`${stem}.vectors.lock`, JSON.stringify({ pid: 1, host: "elsewhere", started: "1" }));
  return left;
}

it("eight processes at one store, some of them killed, over what others left: nothing wrong, nothing lost", async () => {
  const next = seededNumbers(3);
  const below = (limit: number): number => Math.floor(((next() + 1) / 2) * limit);
  let killed = 0;
  for (let round = 0; round < rounds; round++) {
    const place = join(folder, `round-${round}`);
    mkdirSync(place);
    const left = await leaveThings(place);
    const heard: Heard = { stored: new Set(), wrong: [], failed: [] };
    await Promise.all(
      Array.from({ length: processes }, (_, index) => {
        const killAfter = below(8) === 0 ? 1 + below(6) : 0;
        if (killAfter > 0) killed++;
        return takePart(childAt(index), { place, identity, texts, seed: round * processes + index }, killAfter, heard);
      }),
    );
    expect(heard.failed).toEqual([]);
    expect(heard.wrong).toEqual([]);
    const store = await openVectorStore(place, identity);
    for (const text of [...left, ...heard.stored]) {
      expect(store.read(keyOf(text))?.vector, `round ${round}, ${text}`).toEqual(vectorOf(text));
    }
    for (const text of texts) {
      const found = store.read(keyOf(text));
      if (found !== null) expect(found.vector, `round ${round}, ${text}`).toEqual(vectorOf(text));
    }
    expect(store.conflicts).toBe(0);
    await store.close();
    rmSync(place, { recursive: true });
  }
  expect(killed).toBeGreaterThan(rounds / 2);
});
