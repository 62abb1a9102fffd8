import { createDecipheriv, createECDH, hkdfSync } from 'node:crypto';

/** The receiving half of RFC 8291, written from the RFC on node:crypto alone: it shares no code with what it checks. */
export interface ReceiverKeys {
  /** The user agent's P-256 private key, 32 bytes. */
  readonly privateKey: Buffer;
  /** Its public key, 65 bytes. */
  readonly publicKey: Buffer;
  /** 16 bytes. */
  readonly auth: Buffer;
}

/**
 * @param body a message in the `aes128gcm` coding (RFC 8188 section 2) with one record, as RFC 8291 section 4 demands.
 * @throws Error when it does not decrypt or is not of that form.
 */
export function decryptPush(body: Buffer, keys: ReceiverKeys): Buffer {
  const salt = body.subarray(0, 16);
  const recordSize = body.readUInt32BE(16);
  const keyLength = body[20] ?? 0;
  const senderKey = body.subarray(21, 21 + keyLength);
  const record = body.subarray(21 + keyLength);
  if (keyLength !== 65) throw new Error(`key id of ${keyLength} bytes, wanted the sender's 65-byte key`);
  if (record.length > recordSize) throw new Error('more than one record');
  if (record.length < 18) throw new Error('the record is too short');

  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(keys.privateKey);
  const shared = ecdh.computeSecret(senderKey);
  // RFC 8291 section 3.4
  const keyInfo = Buffer.concat([Buffer.from('WebPush: info\0'), keys.publicKey, senderKey]);
  const ikm = Buffer.from(hkdfSync('sha256', shared, keys.auth, keyInfo, 32));
  // RFC 8188 sections 2.2 and 2.3; the first record's nonce is the base as it is.
  const key = Buffer.from(hkdfSync('sha256', ikm, salt, 'Content-Encoding: aes128gcm\0', 16));
  const nonce = Buffer.from(hkdfSync('sha256', ikm, salt, 'Content-Encoding: nonce\0', 12));

  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  if (padded[end] !== 2) throw new Error('no last-record delimiter');
  return padded.subarray(0, end);
}
