import { cutBatches } from "../../../../src/embed/batches.ts";
import { type EmbeddingPlan, planEmbedding } from "../../../../src/embed/plan.ts";
import { requestOf, startsOf } from "../../../../src/embed/runners/encoderThreads.ts";
import type { Parcel } from "../../../../src/embed/runners/runner.ts";
import { openTokenizers } from "../../../../src/embed/runners/tokenizers.ts";
import type { Encoder } from "../../../../src/encoders/encoder.ts";

/** A plan over some papers, and its parcels of two batches each. */
export async function parcelsOf(encoder: Encoder, name: string): Promise<{ plan: EmbeddingPlan; parcels: Parcel[] }> {
  const papers = Array.from({ length: 60 }, (_, at) => ({
    id: `${name}${at}`,
    title: `${name} paper number ${at} ${"of many words ".repeat(at % 7)}`,
    abstract: "abstract ".repeat((at * 37) % 90),
  }));
  const plan = await planEmbedding([{ file: "a", papers }], encoder);
  const tokenizers = openTokenizers(encoder, 1);
  const window = plan.newWindows[0]!;
  const tokenized = await tokenizers.encode(window.texts);
  await tokenizers.close();
  const starts = startsOf(tokenized.lengths);
  const batches = cutBatches(tokenized.lengths, window.batchTokens).map((batch) => ({
    texts: batch.members.map((member) => window.texts[member]!),
    request: requestOf(batch, tokenized, starts),
  }));
  const parcels: Parcel[] = [];
  for (let at = 0; at < batches.length; at += 2) parcels.push({ batches: batches.slice(at, at + 2) });
  return { plan, parcels };
}
