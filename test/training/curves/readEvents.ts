/** A scalar as an event file has it. */
export interface ReadScalar {
  readonly step: number;
  readonly tag: string;
  readonly value: number;
  readonly wallSeconds: number;
}

/** CRC-32C bit by bit, from its definition: a second opinion on the program's table. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  return Number(crc ^ 0xffffffffn);
}

function unmasked(masked: number): number {
  const rotated = (BigInt(masked) - 0xa282ead8n) & 0xffffffffn;
  return Number(((rotated >> 17n) | (rotated << 15n)) & 0xffffffffn);
}

/** The fields of a protobuf message, as published: varint, 64-bit, length-delimited, 32-bit. */
function fieldsOf(bytes: Buffer): { field: number; value: number | bigint | Buffer }[] {
  const fields = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const field = key >> 3;
    switch (key & 7) {
      case 0:
        fields.push({ field, value: varint() });
        break;
      case 1:
        fields.push({ field, value: bytes.readDoubleLE(at) });
        at += 8;
        break;
      case 2: {
        const length = Number(varint());
        if (at + length > bytes.length) throw new Error("a field ends after its message");
        fields.push({ field, value: bytes.subarray(at, at + length) });
        at += length;
        break;
      }
      case 5:
        fields.push({ field, value: bytes.readFloatLE(at) });
        at += 4;
        break;
      default:
        throw new Error(`wire type ${key & 7}`);
    }
  }
  return fields;
}

/**
 * Reads a TensorBoard event file by its published format: TFRecord frames with masked CRC-32C around `Event` messages.
 * It shares no code with the program.
 */
export function readEvents(file: Buffer): { version: string | null; scalars: ReadScalar[] } {
  const scalars: ReadScalar[] = [];
  let version: string | null = null;
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const data = file.subarray(at + 12, at + 12 + length);
    if (unmasked(file.readUInt32LE(at + 8)) !== crc32c(file.subarray(at, at + 8))) throw new Error("length checksum");
    if (unmasked(file.readUInt32LE(at + 12 + length)) !== crc32c(data)) throw new Error("data checksum");
    at += 16 + length;
    const event = fieldsOf(data);
    const one = (field: number) => event.find((entry) => entry.field === field)?.value;
    const fileVersion = one(3);
    if (Buffer.isBuffer(fileVersion)) version = fileVersion.toString("utf8");
    const summary = one(5);
    if (!Buffer.isBuffer(summary)) continue;
    for (const { field, value } of fieldsOf(summary)) {
      if (field !== 1 || !Buffer.isBuffer(value)) throw new Error("a summary of something else");
      const parts = new Map(fieldsOf(value).map((part) => [part.field, part.value]));
      scalars.push({
        step: Number(one(2) ?? 0),
        tag: String(parts.get(1)),
        value: Number(parts.get(2)),
        wallSeconds: Number(one(1)),
      });
    }
  }
  return { version, scalars };
}
