import { answerCalls } from "../threads/inThread.ts";
import { openSession } from "./session.ts";

answerCalls<string, null>(async (path) => {
  const session = await openSession(path, { threads: 1, memoryArena: false, optimize: false });
  await session.release();
  return { value: null };
});
