/** Tokens that every BERT vocabulary has, in the order in which they get the first ids. */
export const specialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/**
 * Learns a WordPiece vocabulary by joining the most frequent pair of pieces again and again.
 * @param {ReadonlyMap<string, number>} wordCounts lower-case words with how often they occur
 * @param {number} size pieces wanted, special tokens included
 * @returns {string[]} pieces in order of their ids; a piece inside of a word starts with ##
 */
export function learnWordPieces(wordCounts, size) {
  const words = [...wordCounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([word, count]) => ({ pieces: [...word].map((letter, at) => (at === 0 ? letter : `##${letter}`)), count }));
  const vocabulary = new Set(specialTokens);
  for (const piece of [...new Set(words.flatMap(({ pieces }) => pieces))].sort()) vocabulary.add(piece);
  while (vocabulary.size < size) {
    const best = mostFrequentPair(words);
    if (best === null) break;
    const joined = best.left + best.right.slice(2);
    vocabulary.add(joined);
    for (const word of words) word.pieces = join(word.pieces, best, joined);
  }
  return [...vocabulary];
}

function mostFrequentPair(words) {
  const counts = new Map();
  for (const { pieces, count } of words) {
    for (let at = 1; at < pieces.length; at += 1) {
      const pair = `${pieces[at - 1]} ${pieces[at]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  }
  let best = null;
  for (const [pair, count] of counts) {
    // Ties go to the pair that sorts first, so that the result does not depend on the order of the words.
    if (best === null || count > best.count || (count === best.count && pair < best.pair)) best = { pair, count };
  }
  if (best === null || best.count < 2) return null;
  const [left, right] = best.pair.split(" ");
  return { left, right };
}

function join(pieces, { left, right }, joined) {
  if (!pieces.includes(left)) return pieces;
  const result = [];
  for (let at = 0; at < pieces.length; at += 1) {
    if (pieces[at] === left && pieces[at + 1] === right) {
      result.push(joined);
      at += 1;
    } else result.push(pieces[at]);
  }
  return result;
}
