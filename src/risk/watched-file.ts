import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';

/**
 * A file that is read again when it changes, also when another one takes its name. What cannot be used leaves the old
 * content in place, and is said once. Looked at from time to time, not watched: a rename, a mount that changes and a
 * network drive are all the same to it.
 */
export interface WatchedFile<T> {
  readonly path: string;
  /** What the file held when it was last right. */
  current(): T;
  /** Looks now. */
  look(): Promise<void>;
  close(): void;
}

export interface WatchOptions {
  readonly everyMs: number;
  readonly onChanged?: (path: string) => void;
  /** The file changed and cannot be used: the old content goes on. */
  readonly onBroken?: (path: string, error: unknown) => void;
}

/**
 * @param parse throws when the content is none of its kind.
 * @throws Error at once when the file cannot be read or parsed, naming it.
 */
export function watchFile<T>(
  path: string,
  parse: (content: Buffer) => T,
  options: WatchOptions,
): WatchedFile<T> {
  let stamp: string;
  let value: T;
  const fd = openSync(path, 'r');
  try {
    stamp = stampOf(fstatSync(fd));
    value = parse(readFileSync(fd));
  } catch (error) {
    throw named(path, error);
  } finally {
    closeSync(fd);
  }

  let looking: Promise<void> | undefined;
  async function lookOnce(): Promise<void> {
    let seen = 'gone';
    try {
      seen = stampOf(await stat(path));
      if (seen === stamp) return;
      const content = await readStable(path);
      if (content === undefined) return; // somebody writes it this moment: next time
      value = parse(content.bytes);
      stamp = content.stamp;
      options.onChanged?.(path);
    } catch (error) {
      if (seen === stamp) return;
      stamp = seen;
      options.onBroken?.(path, named(path, error));
    }
  }
  const look = () => {
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const timer = setInterval(() => void look(), options.everyMs);
  timer.unref();
  return { path, current: () => value, look, close: () => clearInterval(timer) };
}

/** The whole of a file that did not change while it was read. */
async function readStable(path: string): Promise<{ bytes: Buffer; stamp: string } | undefined> {
  const file = await open(path, 'r');
  try {
    const before = stampOf(await file.stat());
    const bytes = await file.readFile();
    return stampOf(await file.stat()) === before ? { bytes, stamp: before } : undefined;
  } finally {
    await file.close();
  }
}

const stampOf = ({ ino, size, mtimeMs }: Stats) => `${ino}.${size}.${mtimeMs}`;

function named(path: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return why.includes(path) ? (error as Error) : new Error(`${path}: ${why}`, { cause: error });
}
