import ipaddr from 'ipaddr.js';

/** Writes small files in MaxMind DB format (version 2.0 of its specification), as big files are laid out. */
export type MmdbValue = string | number | boolean | MmdbValue[] | { readonly [key: string]: MmdbValue };

/** Whole numbers become `uint32`, others `double`; `float(1)` is not needed by any layout we read. */
function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value, 'utf8');
    return Buffer.concat([control(2, text.length), text]);
  }
  if (typeof value === 'boolean') return control(14, value ? 1 : 0);
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < 0) {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleBE(value);
      return Buffer.concat([control(3, 8), bytes]);
    }
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(6, 4), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const pairs = Object.entries(value);
  return Buffer.concat([
    control(7, pairs.length),
    ...pairs.flatMap(([key, one]) => [encode(key), encode(one)]),
  ]);
}

function control(type: number, size: number): Buffer {
  const extended = type > 7;
  const lengths =
    size < 29 ? [size] : size < 285 ? [29, size - 29] : [30, (size - 285) >> 8, (size - 285) & 255];
  const [first = 0, ...more] = lengths;
  return Buffer.from(extended ? [first, type - 7, ...more] : [(type << 5) | first, ...more]);
}

type Node = [left: Node | number | undefined, right: Node | number | undefined];

/**
 * @param records by CIDR range, none inside another; IPv4 ranges in a file of family 6 stand under `::/96`, where
 *   readers look for them.
 */
export function writeMmdb(
  records: Readonly<Record<string, MmdbValue>>,
  { family = 6, type = 'Test' }: { family?: 4 | 6; type?: string } = {},
): Buffer {
  const root: Node = [undefined, undefined];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [range, record] of Object.entries(records)) {
    const bits = bitsOf(range, family);
    const bytes = encode(record);
    let node = root;
    for (const bit of bits.slice(0, -1)) {
      node[bit] ??= [undefined, undefined];
      node = node[bit] as Node;
    }
    node[bits.at(-1)!] = offset;
    data.push(bytes);
    offset += bytes.length;
  }

  const nodes: Node[] = [root];
  for (let i = 0; i < nodes.length; i++)
    for (const child of nodes[i]!) if (Array.isArray(child)) nodes.push(child);
  const index = new Map(nodes.map((node, n) => [node, n]));
  const tree = Buffer.alloc(nodes.length * 8);
  nodes.forEach((node, n) => {
    node.forEach((child, side) => {
      const points =
        child === undefined
          ? nodes.length
          : Array.isArray(child)
            ? index.get(child)!
            : nodes.length + 16 + child;
      tree.writeUInt32BE(points, n * 8 + side * 4);
    });
  });
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_790_000_000,
    database_type: type,
    description: { en: 'written by a test' },
    ip_version: family,
    languages: ['en'],
    node_count: nodes.length,
    record_size: 32,
  });
  const marker = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex');
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata]);
}

function bitsOf(range: string, family: 4 | 6): (0 | 1)[] {
  const [address, length] = ipaddr.parseCIDR(range);
  const bits = address
    .toByteArray()
    .flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((n) => ((byte >> n) & 1) as 0 | 1));
  const own = bits.slice(0, length);
  return address.kind() === 'ipv4' && family === 6 ? [...Array<0>(96).fill(0), ...own] : own;
}
