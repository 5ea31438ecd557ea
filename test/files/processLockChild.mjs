// One of several processes that ask for one lock at once. Runs the built program. { path } asks and is answered with { got };
// { release } gives it back.
import { acquireLock } from "../../dist/files/processLock.js";

let release = async () => {};
process.on("message", async (message) => {
  if (message.release === true) {
    await release();
    process.send({ released: true });
    return;
  }
  const outcome = await acquireLock(message.path);
  release = "release" in outcome ? outcome.release : async () => {};
  process.send({ got: "release" in outcome });
});
