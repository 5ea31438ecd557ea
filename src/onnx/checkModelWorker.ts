import { parentPort, workerData } from "node:worker_threads";
import { openSession } from "./session.ts";

// Written by our own main thread, so it is what it says.
const path: string = workerData;

let problem: string | null = null;
try {
  const session = await openSession(path, { threads: 1, memoryArena: false, optimize: false });
  await session.release();
} catch (error) {
  problem = error instanceof Error ? error.message : String(error);
}
parentPort?.postMessage(problem);
