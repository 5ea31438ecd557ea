import { fileError } from "../../errors.ts";
import { readRegularSync } from "../../files/regularFile.ts";
import { fieldsOf, type ProtobufField } from "../../onnx/protobufFields.ts";
import { printable } from "../../printable.ts";

/** What a piece is for, by its number in SentencePiece's `sentencepiece_model.proto`. */
const pieceKinds = { 1: "normal", 2: "unknown", 3: "control", 4: "user-defined", 5: "unused", 6: "byte" } as const;
type PieceKind = (typeof pieceKinds)[keyof typeof pieceKinds];

/** How a model was trained, by its number. */
const algorithms: Readonly<Record<number, string>> = { 1: "unigram", 2: "BPE", 3: "word", 4: "char" };

/** One entry of a SentencePiece vocabulary; its place is its number. */
export interface Piece {
  readonly text: string;
  /** Logarithm of its probability. */
  readonly score: number;
  readonly kind: PieceKind;
}

/** A SentencePiece unigram model (Kudo 2018, https://arxiv.org/abs/1804.10959), as far as it says how texts are split. */
export interface SentencePieceModel {
  readonly pieces: readonly Piece[];
  /** The compiled map of characters; empty where texts are taken as they are. */
  readonly characterMap: Uint8Array;
}

/** Settings with the only value that Hugging Face's conversion keeps, by the message and the field's number. */
const fixed = {
  trainer: { 24: ["treat_whitespace_as_suffix", 0], 35: ["byte_fallback", 0] },
  normalizer: { 3: ["add_dummy_prefix", 1], 4: ["remove_extra_whitespaces", 1], 5: ["escape_whitespaces", 1] },
} as const;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a SentencePiece model, such as XLM-RoBERTa's `sentencepiece.bpe.model`, which in spite of its name is a unigram model.
 * @throws ScidocsError for another algorithm, settings that would split texts otherwise, or a damaged file
 */
export function readSentencePiece(file: string): SentencePieceModel {
  try {
    return parse(file, readRegularSync(file));
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
    throw fileError(file, null, `is not a SentencePiece model, or damaged: ${cause.message}`, cause);
  }
}

function parse(file: string, bytes: Buffer): SentencePieceModel {
  const read = (start: number, end: number): Uint8Array => bytes.subarray(start, end);
  const inside = (field: ProtobufField) => fieldsOf(read, field.contentStart, field.end);
  const content = (field: ProtobufField): Uint8Array => read(field.contentStart, field.end);
  const check = (settings: Readonly<Record<number, readonly [string, number]>>, { number, value }: ProtobufField) => {
    const [name, only] = settings[number] ?? [];
    if (name === undefined || value === only) return;
    throw fileError(
      file,
      null,
      `was trained with ${name}=${value === 1}, which is not known here; give a tokenizer.json`,
    );
  };
  const pieces: Piece[] = [];
  let characterMap: Uint8Array = new Uint8Array(0);
  for (const field of fieldsOf(read, 0, bytes.length)) {
    if (field.number === 1) pieces.push(pieceOf(inside(field), content, bytes));
    else if (field.number === 2) {
      for (const part of inside(field)) {
        check(fixed.trainer, part);
        if (part.number === 3 && part.value !== 1) refuseAlgorithm(file, part.value ?? 0);
      }
    } else if (field.number === 3) {
      for (const part of inside(field)) {
        check(fixed.normalizer, part);
        if (part.number === 2) characterMap = content(part);
      }
    }
  }
  if (pieces.length === 0) throw new RangeError("it has no pieces");
  const texts = new Set<string>();
  for (const { text, score } of pieces) {
    if (texts.has(text)) throw new RangeError(`it has the piece ${printable(text, 40)} twice`);
    if (!Number.isFinite(score)) throw new RangeError(`the score of its piece ${printable(text, 40)} is ${score}`);
    texts.add(text);
  }
  return { pieces, characterMap };
}

function pieceOf(fields: Iterable<ProtobufField>, content: (field: ProtobufField) => Uint8Array, bytes: Buffer): Piece {
  let text = "";
  let score = 0;
  let kind: PieceKind = "normal";
  for (const field of fields) {
    if (field.number === 1) text = utf8.decode(content(field));
    else if (field.number === 2 && field.wire === 5) score = bytes.readFloatLE(field.contentStart);
    else if (field.number === 3) {
      const known = Object.entries(pieceKinds).find(([number]) => Number(number) === field.value);
      if (known === undefined) throw new RangeError(`a piece of kind ${field.value}`);
      kind = known[1];
    }
  }
  return { text, score, kind };
}

function refuseAlgorithm(file: string, number: number): never {
  throw fileError(
    file,
    null,
    `is a SentencePiece model of the kind ${algorithms[number] ?? number}; only unigram models are known here: give a tokenizer.json`,
  );
}
