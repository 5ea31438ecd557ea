import { cpSync } from "node:fs";
import { join } from "node:path";
import { writeRandomEncoder } from "../encoders/architectures/randomEncoder.ts";

/** Small encoders whose layers are not BERT's: their kind, and what else their configurations say. */
export const otherKinds: Readonly<Record<string, readonly [type: string, config: Readonly<Record<string, unknown>>]>> =
  {
    ModernBERT: [
      "modernbert",
      {
        num_hidden_layers: 4,
        local_attention: 4,
        mlp_dropout: 0.1,
        embedding_dropout: 0.1,
        attention_dropout: 0.1,
        dtype: "bfloat16",
      },
    ],
    "ModernBERT with biases": ["modernbert", { norm_bias: true, attention_bias: true, mlp_bias: true }],
    "Nomic's BERT": ["nomic_bert", { resid_pdrop: 0.1, attn_pdrop: 0.1 }],
  };

/** Writes such an encoder with random weights into the folder `start` of a tiny training's folder, for its words. */
export function writeOtherKind(folder: string, name: string): void {
  const [type, config] = otherKinds[name] ?? [];
  if (type === undefined) throw new Error(`there is no ${name}`);
  writeRandomEncoder(join(folder, "start"), type, { config: { ...config } });
  // Fewer words than it has rows.
  cpSync(join(folder, "vocab.txt"), join(folder, "start/vocab.txt"));
}
