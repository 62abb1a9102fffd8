import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import * as z from 'zod/mini';
import { randomBase64url } from '../protocol/base64url.ts';
import { DEVICE_ALGORITHMS } from '../protocol/device-key.ts';

const schema = z.strictObject({
  v: z.literal(1),
  issuer: z.string(),
  name: z.string(),
  alg: z.enum(DEVICE_ALGORITHMS),
  secret: z.string(),
  /** Device id; absent until enrolled. */
  kid: z.exactOptional(z.string()),
  /** Codes without network: the server's name for the secret, and the secret (base64url). */
  offline: z.exactOptional(z.strictObject({ generation: z.string(), secret: z.string() })),
});

/** One terminal device as it lies on disk. */
export type KeyFile = z.infer<typeof schema>;

/** The key file cannot be used; the message says what to do. */
export class KeyFileRefused extends Error {
  override readonly name = 'KeyFileRefused';
}

/**
 * Reads the key, unless somebody else could have: a file that is not 0600 (or 0400) or not ours is refused.
 *
 * @returns `undefined` when there is no file.
 * @throws KeyFileRefused
 */
export async function readKeyFile(path: string): Promise<KeyFile | undefined> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!info) return undefined;
  if (!info.isFile()) throw new KeyFileRefused(`${path} is not a file`);
  // Windows has no such modes
  if (process.platform !== 'win32') {
    const mode = info.mode & 0o777;
    if (mode & 0o077) {
      throw new KeyFileRefused(
        `${path} has mode 0${mode.toString(8)}, wanted 0600: run chmod 600, and enrol anew if others use this machine`,
      );
    }
    if (info.uid !== process.getuid?.()) throw new KeyFileRefused(`${path} belongs to another user`);
  }
  const parsed = schema.safeParse(parse(await readFile(path, 'utf8')));
  if (!parsed.success) throw new KeyFileRefused(`${path} is not a key file of this version`);
  return parsed.data;
}

/** Writes it whole or not at all, 0600 from the first byte. */
export async function writeKeyFile(path: string, content: KeyFile): Promise<void> {
  const temporary = `${path}.${randomBase64url(6)}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
