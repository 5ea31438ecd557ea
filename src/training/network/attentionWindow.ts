import { type AttentionBias, roomsByLength } from "./attentionBias.ts";
import type { Workspace } from "./workspace.ts";

/** What a score loses that shall not count: no share is left of it. */
const far = -1e9;

/**
 * The bias of attention that is local, the same for all heads: nothing for a token within reach of the one that asks, and for others so much
 * less that their share is 0.
 */
export function attentionWindow(reach: number, workspace: Workspace): AttentionBias {
  const { begin, room } = roomsByLength(1, `window.${reach}`, workspace);
  return {
    heads: 1,
    begin(texts) {
      for (const tokens of begin(texts)) {
        for (const firstOnly of [false, true]) {
          const { data } = room("bias", tokens, firstOnly);
          data.fill(far);
          for (let query = 0; query < (firstOnly ? 1 : tokens); query++) {
            const row = query * tokens;
            data.fill(0, row + Math.max(0, query - reach), row + Math.min(tokens, query + reach + 1));
          }
        }
      }
    },
    of: (tokens, firstOnly) => room("bias", tokens, firstOnly),
    gradient: null,
  };
}
