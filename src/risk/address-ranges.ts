import ipaddr from 'ipaddr.js';

/** A set of addresses. */
export interface AddressRanges {
  readonly size: number;
  has(address: string): boolean;
}

interface Range {
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * Reads a list: one address or CIDR range a line, `#` or `;` begins a remark.
 *
 * @throws Error that names the first line that is neither.
 */
export function parseAddressRanges(content: Buffer | string): AddressRanges {
  const ranges: Record<4 | 6, Range[]> = { 4: [], 6: [] };
  for (const [n, line] of content.toString('utf8').split('\n').entries()) {
    const text = line.replace(/[#;].*$/u, '').trim();
    if (text === '') continue;
    const range = rangeOf(text);
    if (!range) throw new Error(`line ${n + 1}: wanted an address or a range such as 203.0.113.0/24`);
    ranges[range.family].push(range);
  }
  const merged = { 4: merge(ranges[4]), 6: merge(ranges[6]) };
  return {
    size: merged[4].length + merged[6].length,
    has(address) {
      if (!ipaddr.isValid(address)) return false;
      const parsed = ipaddr.process(address);
      return contains(merged[parsed.kind() === 'ipv4' ? 4 : 6], numberOf(parsed));
    },
  };
}

function rangeOf(text: string): (Range & { readonly family: 4 | 6 }) | undefined {
  try {
    const [address, bits] = text.includes('/')
      ? ipaddr.parseCIDR(text)
      : [ipaddr.parse(text), text.includes(':') ? 128 : 32];
    // `1` and `0x7f.1` are addresses to some, and mistakes in a list.
    if (address.kind() === 'ipv4' && !/^\d+\.\d+\.\d+\.\d+(\/|$)/.test(text)) return undefined;
    const family = address.kind() === 'ipv4' ? 4 : 6;
    const rest = BigInt((family === 4 ? 32 : 128) - bits);
    const from = (numberOf(address) >> rest) << rest;
    return { family, from, to: from + (1n << rest) - 1n };
  } catch {
    return undefined;
  }
}

const numberOf = (address: ipaddr.IPv4 | ipaddr.IPv6): bigint =>
  BigInt(`0x${address.toByteArray().reduce((hex, byte) => hex + byte.toString(16).padStart(2, '0'), '')}`);

/** In order, and without overlaps. */
function merge(ranges: readonly Range[]): readonly Range[] {
  const merged: Range[] = [];
  for (const range of ranges.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    const last = merged.at(-1);
    if (!last || range.from > last.to + 1n) merged.push(range);
    else if (range.to > last.to) merged[merged.length - 1] = { from: last.from, to: range.to };
  }
  return merged;
}

function contains(ranges: readonly Range[], value: bigint): boolean {
  let [low, high] = [0, ranges.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle]!;
    if (value < range.from) high = middle - 1;
    else if (value > range.to) low = middle + 1;
    else return true;
  }
  return false;
}
