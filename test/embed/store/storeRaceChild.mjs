// One of several processes that store into one store at once, to be killed at any moment. Runs the built program.
// Takes { place, identity, texts, seed } as messages; answers { stored } after each append, { wrong } for a vector that is another's,
// { done } at the end of a round.
import { createHash } from "node:crypto";
import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { openVectorStore } from "../../../dist/embed/store/store.js";

const keyOf = (text) => createHash("sha256").update(text).digest("hex");
/** Numbers that belong to a text alone. */
const vectorOf = (text) =>
  new Float32Array(
    new Uint8Array(createHash("sha256").update(`of ${text}`).digest()).map((byte) => byte & 0x3f).buffer,
  );
const equal = (a, b) => a.length === b.length && a.every((value, index) => value === b[index]);
const told = (message) => new Promise((resolve) => process.send(message, resolve));

process.on("message", async ({ place, identity, texts, seed }) => {
  let state = seed;
  const draw = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const check = async (store, text) => {
    const found = store.read(keyOf(text));
    if (found !== null && !equal(found.vector, vectorOf(text))) await told({ wrong: text });
  };
  try {
    const store = await openVectorStore(place, identity);
    store.beginJob({ batchTokens: 8, windowTexts: 4, keys: texts.map(keyOf) });
    for (let step = 0; step < 6; step++) {
      const batch = [texts[draw(texts.length)], texts[draw(texts.length)]];
      const entries = batch.map((text) => ({ key: keyOf(text), paperId: text, truncated: false }));
      store.append(entries, Float32Array.from(batch.flatMap((text) => [...vectorOf(text)])), 8);
      await told({ stored: batch });
      // Segments that look long abandoned are joined by others while their writers are alive.
      if (draw(2) === 0) {
        for (const name of readdirSync(store.folder)) {
          try {
            utimesSync(join(store.folder, name), 0, 0);
          } catch {}
        }
      }
      if (draw(3) === 0) await store.refresh();
      await check(store, texts[draw(texts.length)]);
    }
    await store.close();
    await told({ done: true });
  } catch (error) {
    await told({ failed: String(error?.stack ?? error) });
  }
});
