/**
 * The code of a phone without network: RFC 6238 with HMAC-SHA-1, 6 digits and steps of 30 seconds, from a secret of
 * this one device.
 */
export const OFFLINE_DIGITS = 6;
export const OFFLINE_STEP_S = 30;

/** An HMAC key of Web Crypto: Node and browsers name its type differently. */
export type OfflineKey = Parameters<typeof globalThis.crypto.subtle.sign>[1];

/** The secret as a key that can make codes and cannot be read out again. */
export function offlineKey(secret: Uint8Array): Promise<OfflineKey> {
  const hmac = { name: 'HMAC', hash: 'SHA-1' };
  return globalThis.crypto.subtle.importKey('raw', secret as Uint8Array<ArrayBuffer>, hmac, false, ['sign']);
}

/** @param now epoch ms @returns the code of this moment, and for how many ms more. */
export async function offlineCode(
  key: OfflineKey,
  now: number,
): Promise<{ readonly code: string; readonly leftMs: number }> {
  const stepMs = OFFLINE_STEP_S * 1000;
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(Math.floor(now / stepMs)));
  const mac = new DataView(await globalThis.crypto.subtle.sign('HMAC', key, counter.buffer));
  // RFC 4226 section 5.3: the last four bits say where to read.
  const number = mac.getUint32(mac.getUint8(mac.byteLength - 1) & 15) & 0x7fffffff;
  const code = String(number % 10 ** OFFLINE_DIGITS).padStart(OFFLINE_DIGITS, '0');
  return { code, leftMs: stepMs - (now % stepMs) };
}
