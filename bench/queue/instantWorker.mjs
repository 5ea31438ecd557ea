// A worker that answers at once, with zeros: what is left is the queue.
import { Worker } from "bullmq";
import { encodeReply } from "../../dist/embed/runners/queue/parcelBytes.js";
import { coordinatorSigns, workerSigns } from "../../dist/embed/runners/queue/presence.js";
import { parseQueueAddress } from "../../dist/embed/runners/queue/queueAddress.js";
import { connectionOptions, openQueueConnection } from "../../dist/embed/runners/queue/queueConnection.js";
import { keyPrefix, resultKey, resultSeconds } from "../../dist/embed/runners/queue/queueNames.js";

const [url, fingerprint, numbers] = process.argv.slice(2);
const connection = await openQueueConnection(parseQueueAddress(url));
const reply = { vectors: new Float32Array(Number(numbers)), dimensions: Number(numbers) / 32, elapsedMs: 0 };
await workerSigns(connection.redis).give("instant", {
  id: "instant",
  name: "instant",
  host: "bench",
  fingerprint,
  settings: {},
  scidocs: "0",
  onnxruntime: "none",
  processor: "none",
  provider: "cpu",
  sessions: 4,
});
process.send("ready");
for (;;) {
  const [run] = await coordinatorSigns(connection.redis).all();
  if (run !== undefined) {
    new Worker(
      run.queue,
      async (job) => {
        const bytes = encodeReply({ worker: "instant", replies: [reply] });
        await connection.redis.set(resultKey(run.queue, job.id), bytes, "EX", resultSeconds);
        return "instant";
      },
      { connection: connectionOptions(connection.address), prefix: keyPrefix, concurrency: 4 },
    ).on("error", () => {});
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
}
