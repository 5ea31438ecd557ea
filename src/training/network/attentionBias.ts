import type { Numbers } from "../../onnx/gradients/openPiece.ts";
import type { PackedTexts } from "./packedTexts.ts";
import type { Workspace } from "./workspace.ts";

/** What is added to attention's scores by the places of two tokens. */
export interface AttentionBias {
  /** Whether every head has its own, or all have one. */
  readonly heads: number;
  /** Makes what a batch wants; before its forward pass. */
  readonly begin: (texts: PackedTexts) => void;
  /** `[heads, asked, tokens]` for a text of the batch of so many tokens, of which all ask or the first alone. */
  readonly of: (tokens: number, firstOnly: boolean) => Numbers;
  /** Its gradient; null for one that is not trained. */
  readonly gradient: BiasGradient | null;
}

/** The gradient of a bias. */
export interface BiasGradient {
  /** Room for the gradient of what `of` gives. */
  readonly room: (tokens: number, firstOnly: boolean) => Numbers;
  /** Adds what is in that room to the gradient of the weight behind it. */
  readonly add: (tokens: number, firstOnly: boolean) => void;
  /** Hands that gradient on, and begins another. */
  readonly done: () => void;
}

/**
 * Rooms for arrays `[heads, asked, tokens]` of a batch: one for each length that its texts have, whatever it is, so that texts of all
 * lengths do not fill the memory one after another.
 */
export function roomsByLength(heads: number, prefix: string, workspace: Workspace) {
  let lengths: number[] = [];
  return {
    /** Makes room for a batch, and returns the lengths of its texts. */
    begin({ starts, count }: PackedTexts): readonly number[] {
      lengths = [...new Set(Array.from({ length: count }, (_, text) => (starts[text + 1] ?? 0) - (starts[text] ?? 0)))];
      return lengths;
    },
    room(name: string, tokens: number, firstOnly: boolean): Numbers {
      const asked = firstOnly ? 1 : tokens;
      const place = `${prefix}.${name}.${lengths.indexOf(tokens)}.${firstOnly ? "first" : "all"}`;
      return { data: workspace.take(place, heads * asked * tokens), dims: [heads, asked, tokens] };
    },
  };
}
