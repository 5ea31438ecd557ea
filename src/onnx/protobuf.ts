/** Bytes of a known length that are made only when they are written, so that a large model never lies in memory twice. */
export interface LazyBytes {
  readonly byteLength: number;
  /** Makes the bytes; called once each time the message is written. */
  readonly bytes: () => Uint8Array;
}

const utf8 = new TextEncoder();

/**
 * A protobuf message being written: the wire format of varints, 32-bit and length-delimited fields, which is all that ONNX needs,
 * and 64-bit ones, which TensorBoard's events have.
 * Large payloads are kept as views (or as {@link LazyBytes}) and never copied here.
 */
export class ProtobufMessage {
  private readonly parts: (Uint8Array | LazyBytes)[] = [];
  /** Small fields gather here until a large part or the end comes. */
  private small: number[] = [];
  private length = 0;

  /** Encoded length in bytes so far. */
  get byteLength(): number {
    return this.length;
  }

  /** A varint field. Negative values take ten bytes, as protobuf's int64 does. */
  integer(field: number, value: number | bigint): this {
    this.varint(BigInt(field << 3));
    this.varint(BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  /** A 32-bit float field. */
  float(field: number, value: number): this {
    this.varint(BigInt((field << 3) | 5));
    this.push(new Uint8Array(new Float32Array([value]).buffer));
    return this;
  }

  /** A 64-bit float field. */
  double(field: number, value: number): this {
    this.varint(BigInt((field << 3) | 1));
    this.push(new Uint8Array(new Float64Array([value]).buffer));
    return this;
  }

  /** A string field in UTF-8. */
  string(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  /** A bytes field; `payload` is referred to, not copied, unless it is small. */
  bytes(field: number, payload: Uint8Array | LazyBytes): this {
    this.varint(BigInt((field << 3) | 2));
    this.varint(BigInt(payload.byteLength));
    this.push(payload);
    return this;
  }

  /** A nested message. */
  message(field: number, child: ProtobufMessage): this {
    this.varint(BigInt((field << 3) | 2));
    this.varint(BigInt(child.length));
    for (const part of child.allParts()) this.push(part);
    return this;
  }

  /** Fields that are encoded already. */
  encoded(fields: Uint8Array): this {
    this.push(fields);
    return this;
  }

  /** The encoded bytes, piece by piece; lazy parts are made one at a time. */
  *chunks(): Generator<Uint8Array> {
    for (const part of this.allParts()) {
      if (part instanceof Uint8Array) yield part;
      else {
        const made = part.bytes();
        if (made.byteLength !== part.byteLength) {
          throw new RangeError(`a part of ${part.byteLength} bytes came out ${made.byteLength} bytes long`);
        }
        yield made;
      }
    }
  }

  private allParts(): readonly (Uint8Array | LazyBytes)[] {
    this.flush();
    return this.parts;
  }

  private varint(value: bigint): void {
    let rest = value;
    while (rest > 127n) {
      this.small.push(Number(rest & 127n) | 128);
      rest >>= 7n;
      this.length++;
    }
    this.small.push(Number(rest));
    this.length++;
  }

  private push(part: Uint8Array | LazyBytes): void {
    this.length += part.byteLength;
    if (part instanceof Uint8Array && part.byteLength <= 64) {
      for (const byte of part) this.small.push(byte);
      return;
    }
    this.flush();
    this.parts.push(part);
  }

  private flush(): void {
    if (this.small.length === 0) return;
    this.parts.push(Uint8Array.from(this.small));
    this.small = [];
  }
}
