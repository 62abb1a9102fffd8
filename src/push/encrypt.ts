import {
  createCipheriv,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

/**
 * Message encryption for Web Push (RFC 8291) in the `aes128gcm` coding (RFC 8188), as one record. It is the dearest
 * step of a push, so it stands on node:crypto alone; the tests hold it against the RFC's own example, `web-push` and
 * a receiver of their own.
 */

/** A subscription's keys as its browser gave them (RFC 8291 section 3.2), base64url. */
export interface ReceiverKeys {
  /** P-256 point, uncompressed, 65 bytes. */
  readonly p256dh: string;
  /** 16 bytes. */
  readonly auth: string;
}

/** What is fresh in every message. Only a test that repeats a published example makes its own. */
export interface MessageSecrets {
  /** 16 bytes. */
  readonly salt: Buffer;
  /** P-256 key pair of the sender. Never used twice: it and the salt alone make the AES key one of a kind. */
  readonly sender: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
}

const SALT_BYTES = 16;
const AUTH_BYTES = 16;
const POINT_BYTES = 65;
/** Salt, record size, length of the key id, key id (RFC 8188 section 2.1). */
const HEADER_BYTES = SALT_BYTES + 4 + 1 + POINT_BYTES;
const TAG_BYTES = 16;
/** What a push service has to take (RFC 8291 section 4). */
const RECORD_SIZE = 4096;
const RECORD_AND_KEY_LENGTH = Buffer.of(0, 0, RECORD_SIZE >> 8, RECORD_SIZE & 0xff, POINT_BYTES);
/** The last record's delimiter; no padding comes after it (RFC 8188 section 2). */
const DELIMITER = Buffer.of(2);

const KEY_INFO = Buffer.from('WebPush: info\0');
const CONTENT_KEY_INFO = Buffer.from('Content-Encoding: aes128gcm\0');
const NONCE_INFO = Buffer.from('Content-Encoding: nonce\0');

/** @throws RangeError for a plaintext that does not fit, Error for keys that cannot be encrypted to. */
export function encryptPush(
  keys: ReceiverKeys,
  plaintext: Buffer,
  { salt, sender }: MessageSecrets = freshSecrets(),
): Buffer {
  const most = RECORD_SIZE - HEADER_BYTES - DELIMITER.length - TAG_BYTES;
  if (plaintext.length > most) throw new RangeError(`push of ${plaintext.length} bytes, at most ${most}`);
  const [receiverKey, auth] = [Buffer.from(keys.p256dh, 'base64url'), Buffer.from(keys.auth, 'base64url')];
  if (receiverKey.length !== POINT_BYTES || receiverKey[0] !== 4 || auth.length !== AUTH_BYTES)
    throw new Error('bad receiver keys');
  const shared = diffieHellman({ privateKey: sender.privateKey, publicKey: receiverKeyObject(receiverKey) });
  const senderKey = pointOf(sender.publicKey);

  const keyInfo = Buffer.concat([KEY_INFO, receiverKey, senderKey]);
  const ikm = createSecretKey(derive(createSecretKey(shared), auth, keyInfo, 32));
  const contentKey = createSecretKey(derive(ikm, salt, CONTENT_KEY_INFO, 16));
  const cipher = createCipheriv('aes-128-gcm', contentKey, derive(ikm, salt, NONCE_INFO, 12));

  return Buffer.concat([
    salt,
    RECORD_AND_KEY_LENGTH,
    senderKey,
    cipher.update(plaintext),
    cipher.update(DELIMITER),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** Takes key objects: of bytes Node first tries whether they are one, and throws and catches an error to find out. */
function derive(key: KeyObject, salt: Buffer, info: Buffer, bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, info, bytes));
}

function freshSecrets(): MessageSecrets {
  return { salt: randomBytes(SALT_BYTES), sender: generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
}

const CACHED = 1000;
const receiverKeys = new Map<string, KeyObject>();

/** Made once a subscription: public, and dearer to read than to use. @throws Error for what is no point of the curve. */
function receiverKeyObject(point: Buffer): KeyObject {
  const name = point.toString('base64url');
  let key = receiverKeys.get(name);
  if (!key) {
    const jwk = { kty: 'EC', crv: 'P-256', x: base64url(point, 1, 33), y: base64url(point, 33, 65) };
    key = createPublicKey({ key: jwk, format: 'jwk' });
    if (receiverKeys.size >= CACHED) receiverKeys.delete(receiverKeys.keys().next().value as string);
    receiverKeys.set(name, key);
  }
  return key;
}

const base64url = (bytes: Buffer, from: number, to: number) => bytes.toString('base64url', from, to);

/** Uncompressed. */
function pointOf(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}
