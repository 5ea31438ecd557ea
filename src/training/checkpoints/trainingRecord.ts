import { z } from "zod";

const hashed = z.object({ path: z.string(), bytes: z.number(), sha256: z.string() });
const settings = z.looseObject({ preset: z.string() });

/** `training.json`: where a model comes from. Nothing in it depends on the time or on interruptions. */
export const trainingRecordSchema = z.object({
  format: z.literal(1),
  scidocs: z.string(),
  onnxRuntime: z.string(),
  settings,
  init: z.object({ argument: z.string(), files: z.array(hashed) }),
  data: z.object({
    train: hashed.extend({ triplets: z.number() }),
    dev: hashed.extend({ triplets: z.number() }).nullable(),
    papers: z.array(hashed),
    benchmark: z.object({ name: z.string(), tasks: z.array(z.string()), split: z.literal("val") }).nullable(),
  }),
  /** Updates behind this model, and the epochs that they are. */
  update: z.number(),
  epoch: z.number(),
  devLoss: z.number().nullable(),
});
export type TrainingRecord = z.infer<typeof trainingRecordSchema>;

export { trainingRecordFile } from "../../encoders/trainedBy.ts";

/** What must be the same for a training to go on: everything but how far it has come and which version wrote it. */
export function trainingIdentity(record: TrainingRecord): Record<string, unknown> {
  const { settings: chosen, init, data } = record;
  const files = (list: readonly { sha256: string }[]): string[] => list.map(({ sha256 }) => sha256);
  return {
    ...Object.fromEntries(Object.entries(chosen).map(([key, value]) => [`settings.${key}`, value])),
    init:
      files(init.files).length > 0
        ? [init.argument.startsWith("random:") ? init.argument : "", ...files(init.files)]
        : init.argument,
    "train triplets": data.train.sha256,
    "dev triplets": data.dev?.sha256 ?? null,
    papers: files(data.papers),
    benchmark: data.benchmark,
  };
}
