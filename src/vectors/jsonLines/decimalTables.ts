/** First decimal exponent of {@link decimalTables}; the same number stands in `assembly/jsonVectors.ts`. */
const minExponent = -64;
const maxExponent = 64;

/**
 * The leading 64 bits of 10^exponent, cut off below, and its binary exponent: 10^exponent lies in [2^binary, 2^(binary
 * + 1)).
 */
function powerOfTen(exponent: number): { leading: bigint; binary: number } {
  const power = 10n ** BigInt(Math.abs(exponent));
  const bits = power.toString(2).length;
  if (exponent >= 0) {
    const leading = bits <= 64 ? power << BigInt(64 - bits) : power >> BigInt(bits - 64);
    return { leading, binary: bits - 1 };
  }
  // 1 / power in [2^-bits, 2^(1 - bits)); it is 2^(1 - bits) itself only for a power of two, which no power of ten but
  // 1 is.
  return { leading: (1n << BigInt(bits + 63)) / power, binary: -bits };
}

/** Where the tables lie within their bytes. */
export const decimalTablesAt = {
  powers: 0,
  digits: (maxExponent - minExponent + 1) * 16,
  shuffles: (maxExponent - minExponent + 1 + 17) * 16,
};

/**
 * The tables that the scanner of JSON vectors works with, as bytes: the powers of ten from -64 to 64 (leading 64 bits,
 * binary exponent), for k = 0..16 the number 10^k with the largest mantissa that can take k more digits in 64 bits, and
 * for k = 0..16 the byte shuffle that moves k leading bytes to the end.
 */
export function decimalTables(): Uint8Array {
  const bytes = new Uint8Array(decimalTablesAt.shuffles + 17 * 16);
  const view = new DataView(bytes.buffer);
  for (let exponent = minExponent; exponent <= maxExponent; exponent++) {
    const { leading, binary } = powerOfTen(exponent);
    const at = decimalTablesAt.powers + (exponent - minExponent) * 16;
    view.setBigUint64(at, leading, true);
    view.setBigInt64(at + 8, BigInt(binary), true);
  }
  for (let count = 0; count <= 16; count++) {
    const power = 10n ** BigInt(count);
    const at = decimalTablesAt.digits + count * 16;
    view.setBigUint64(at, power, true);
    view.setBigUint64(at + 8, (2n ** 64n - power) / power, true);
    // A shuffle index of 16 or more gives 0.
    for (let i = 0; i < 16; i++)
      bytes[decimalTablesAt.shuffles + count * 16 + i] = i < 16 - count ? 255 : i - (16 - count);
  }
  return bytes;
}
