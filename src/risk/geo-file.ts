import { isIPv6 } from 'node:net';
import { Reader } from 'maxmind';

/** One file in MaxMind DB format. */
export interface GeoFile {
  /** Of the addresses it holds; an IPv6 file may hold IPv4, too. */
  readonly family: 4 | 6;
  /** The record of an address, whatever its layout; `null` where there is none. */
  get(address: string): unknown;
}

const MARKER = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex');
/** Section "Metadata" of the format's specification: within the last 128 KiB. */
const METADATA_WITHIN = 128 * 1024;

/** @throws Error when it is no MaxMind DB file, or not a whole one. */
export function parseGeoFile(content: Buffer): GeoFile {
  const tail = content.subarray(Math.max(0, content.length - METADATA_WITHIN));
  if (tail.lastIndexOf(MARKER) < 0) throw new Error('not a whole file in MaxMind DB format');
  const reader = new Reader<never>(content);
  const { ipVersion, searchTreeSize, nodeCount } = reader.metadata;
  if (nodeCount < 1 || searchTreeSize >= content.length)
    throw new Error('a file in MaxMind DB format that breaks off');
  const family = ipVersion === 4 ? 4 : 6;
  return {
    family,
    // An IPv6 address looked up in an IPv4 file gives another address's record without an error.
    get: (address) => (family === 4 && isIPv6(address) ? null : reader.get(address)),
  };
}
