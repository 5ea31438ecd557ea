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
    benchmark: z
      .object({
        name: z.string(),
        tasks: z.array(z.string()),
        split: z.literal("val"),
        /** Of its label files and metadata together; missing in records of earlier versions. */
        sha256: z.string().optional(),
      })
      .nullable(),
  }),
  /** Updates behind this model, and the epochs that they are. */
  update: z.number(),
  epoch: z.number(),
  devLoss: z.number().nullable(),
});
export type TrainingRecord = z.infer<typeof trainingRecordSchema>;

export { trainingRecordFile } from "../../encoders/trainedBy.ts";
