import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { backupTo } from '../../src/store/embedded/backup.ts';
import { openEmbedded } from '../../src/store/embedded/embedded.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/port.ts';
import { clockAhead, resetClock } from '../support/clock.ts';
import { storeContract } from './contract.ts';

const CHILD = new URL('./writing-child.ts', import.meta.url).pathname;

describe('embedded store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-store-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  let files = 0;
  const newFile = () => join(folder, `${files++}`, 'store.db');
  const failure = (act: Promise<unknown>) =>
    act.then(
      () => expect.fail('it did not fail'),
      (error: Error) => error,
    );

  describe('contract', () => {
    const file = newFile();
    // The clock is the one of all tests: a second one over Date.now, put back, would take the first one away.
    storeContract(async () => ({
      open: () => openEmbedded({ file }),
      setSkew: clockAhead,
      stop: async () => resetClock(),
    }));
  });

  it('makes the folder 0700 and the files 0600', async () => {
    const file = newFile();
    const store = await openEmbedded({ file });
    await store.put(keys.account('a'), 1, { if: 'any', ttlMs: null });
    expect(statSync(join(file, '..')).mode & 0o777).to.equal(0o700);
    for (const suffix of ['', '-wal', '-shm']) expect(statSync(file + suffix).mode & 0o777).to.equal(0o600);
    await store.close();
  });

  it('keeps a write-ahead log', async () => {
    const file = newFile();
    const store = await openEmbedded({ file });
    const db = new DatabaseSync(file, { readOnly: true });
    expect(db.prepare('PRAGMA journal_mode').get()).to.include({ journal_mode: 'wal' });
    db.close();
    await store.close();
  });

  it('flushes what was asked before close, and keeps it', async () => {
    const file = newFile();
    const store = await openEmbedded({ file });
    const writes = Array.from({ length: 100 }, (_, i) =>
      store.put(keys.account(`${i}`), i, { if: 'absent', ttlMs: null }),
    );
    await Promise.all([store.close(), ...writes]);
    const again = await openEmbedded({ file });
    const found = await again.getMany<number>(Array.from({ length: 100 }, (_, i) => keys.account(`${i}`)));
    expect(found.map((f) => f?.value)).to.deep.equal(Array.from({ length: 100 }, (_, i) => i));
    await again.close();
  });

  it('sweeps what has expired and nothing else', async () => {
    const file = newFile();
    const store = await openEmbedded({ file, sweepEveryMs: 20 });
    await store.put(keys.account('short'), 1, { if: 'any', ttlMs: 5 });
    await store.put(keys.account('long'), 1, { if: 'any', ttlMs: 60_000 });
    await store.put(keys.account('ever'), 1, { if: 'any', ttlMs: null });
    await store.count(keys.limit('a', 'b'), { windowMs: 5 });
    const db = new DatabaseSync(file, { readOnly: true });
    const rows = () =>
      Number(
        db.prepare('SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM counter) AS n').get()?.['n'],
      );
    for (const end = Date.now() + 5000; rows() !== 2 && Date.now() < end; )
      await new Promise((r) => setTimeout(r, 10));
    expect(rows()).to.equal(2);
    db.close();
    await store.close();
  });

  it('backs up while it is written to', async () => {
    const file = newFile();
    const store = await openEmbedded({ file });
    for (let i = 0; i < 50; i++) await store.put(keys.account(`${i}`), i, { if: 'any', ttlMs: null });
    let writing = true;
    const writes = (async () => {
      for (let i = 0; writing; i++)
        await store.put(keys.account(`more-${i % 100}`), i, { if: 'any', ttlMs: null });
    })();
    const target = newFile();
    await backupTo(file, target);
    writing = false;
    await writes;
    await store.close();
    expect(statSync(target).mode & 0o777).to.equal(0o600);
    const copy = await openEmbedded({ file: target });
    expect((await copy.get<number>(keys.account('49')))?.value).to.equal(49);
    await copy.close();
  });

  describe('with another process', () => {
    /** A process that writes one by one and prints each number once it is acknowledged. */
    function writingChild(file: string, command = `exec "$0" "$@"`, size = 0) {
      const args = ['-c', command, process.execPath, CHILD, file, `${size}`];
      const child = spawn('/bin/sh', args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const acknowledged: number[] = [];
      const told: string[] = [];
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (/^\d+$/.test(line)) acknowledged.push(Number(line));
        else told.push(line);
      });
      const reached = async (n: number) => {
        while (acknowledged.length < n) await once(child.stdout, 'data');
      };
      return { child, acknowledged, told, reached };
    }

    async function expectKept(
      file: string,
      { child, acknowledged }: ReturnType<typeof writingChild>,
    ): Promise<void> {
      const db = new DatabaseSync(file);
      expect(db.prepare('PRAGMA integrity_check').get()).to.deep.include({ integrity_check: 'ok' });
      db.close();
      const store = await openEmbedded({ file });
      const wanted = acknowledged.map((i) => keys.account(`child-${child.pid}-${i}`));
      const found = await store.getMany<[number, string]>(wanted);
      expect(found.map((f) => f?.value?.[0])).to.deep.equal(acknowledged);
      await store.close();
    }

    it('loses nothing acknowledged when the writer is killed with -9', async () => {
      const file = newFile();
      for (let round = 0; round < 3; round++) {
        const writing = writingChild(file);
        await writing.reached(300);
        writing.child.kill('SIGKILL');
        await once(writing.child, 'close');
        await expectKept(file, writing);
      }
    });

    it('R50: says which file cannot be written when there is no room, and loses nothing acknowledged', async () => {
      const file = newFile();
      // A limit on the size of a file is the full disk that needs no rights.
      const writing = writingChild(file, 'ulimit -f 1000; exec "$0" "$@"', 4000);
      const [code] = await once(writing.child, 'close');
      expect(code).to.equal(3);
      expect(writing.told.join())
        .to.match(/^StoreUnavailable: /)
        .and.include(file);
      expect(writing.acknowledged).to.have.length.above(10);
      await expectKept(file, writing);
    });

    it('notices its writes and sees them', async () => {
      const file = newFile();
      const store = await openEmbedded({ file });
      const topics: string[] = [];
      const noticed = Promise.withResolvers<void>();
      await store.onWake((topic) => {
        topics.push(topic);
        noticed.resolve();
      });
      const { child, reached } = writingChild(file);
      await reached(1);
      await noticed.promise;
      expect(topics[0]).to.equal('*');
      expect((await store.get<[number]>(keys.account(`child-${child.pid}-0`)))?.value?.[0]).to.equal(0);
      child.kill('SIGKILL');
      await once(child, 'close');
      await store.close();
    });
  });

  describe('at open, says which file is wrong and why', () => {
    const prepared = async (): Promise<string> => {
      const file = newFile();
      const store: Store = await openEmbedded({ file });
      for (let i = 0; i < 50; i++)
        await store.put(keys.account(`${i}`), 'x'.repeat(1000), { if: 'any', ttlMs: null });
      await store.close();
      return file;
    };

    it('no database', async () => {
      const file = await prepared();
      writeFileSync(file, 'this is no database, whatever its name says. '.repeat(100));
      const { message } = await failure(openEmbedded({ file }));
      expect(message)
        .to.include(file)
        .and.match(/not a database/);
      expect(readFileSync(file, 'utf8')).to.match(/^this is no database/);
    });

    it('a torn file', async () => {
      const file = await prepared();
      truncateSync(file, 20_000);
      const { message } = await failure(openEmbedded({ file }));
      expect(message)
        .to.include(file)
        .and.match(/malformed|damaged/);
    });

    it('a page of rubbish inside', async () => {
      const file = await prepared();
      const bytes = readFileSync(file);
      bytes.fill(0x5a, 8192, 40_000);
      writeFileSync(file, bytes);
      const { message } = await failure(openEmbedded({ file }));
      expect(message)
        .to.include(file)
        .and.match(/malformed|damaged/);
    });

    it("another program's database", async () => {
      const file = await prepared();
      rmSync(file);
      const db = new DatabaseSync(file);
      db.exec('CREATE TABLE theirs (a)');
      db.close();
      const { message } = await failure(openEmbedded({ file }));
      expect(message)
        .to.include(file)
        .and.match(/another program/);
    });

    it('a newer format', async () => {
      const file = await prepared();
      const db = new DatabaseSync(file);
      db.exec('PRAGMA user_version = 99');
      db.close();
      const { message } = await failure(openEmbedded({ file }));
      expect(message)
        .to.include(file)
        .and.match(/newer Countersign/);
    });

    it('a folder that is a file', async () => {
      const file = await prepared();
      const { message } = await failure(openEmbedded({ file: join(file, 'store.db') }));
      expect(message).to.include(file);
    });
  });
});
