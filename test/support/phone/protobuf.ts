/** As much of Protocol Buffers' wire format as Google's push protocol (MCS) needs to be spoken to. */

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/** A field: numbers as varints, text and bytes with their length. */
export function field(tag: number, value: number | string | Buffer): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(tag << 3), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint((tag << 3) | 2), varint(bytes.length), bytes]);
}

export function fixed64(tag: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = (tag << 3) | 1;
  bytes.writeBigUInt64LE(value, 1);
  return bytes;
}

/** @returns the number and how many bytes it took; `undefined` while bytes are missing. */
export function readVarint(bytes: Buffer, at: number): { value: number; size: number } | undefined {
  let value = 0;
  for (let size = 1; at + size <= bytes.length; size++) {
    const byte = bytes[at + size - 1]!;
    value += (byte & 0x7f) * 2 ** (7 * (size - 1));
    if (byte < 0x80) return { value, size };
  }
  return undefined;
}
