import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What the tests start or load besides Node, by the Debian package that brings it. */
const PACKAGES: Readonly<Record<string, string>> = {
  'redis-server': 'redis-server',
  'redis-sentinel': 'redis-sentinel',
  chromium: 'chromium',
  'firefox-esr': 'firefox-esr',
  'dbus-daemon': 'dbus-daemon',
  // Both browsers show notifications through its library.
  'libnotify-bin': 'notify-send',
  'nginx-light': 'nginx',
  caddy: 'caddy',
  // The Docker image runs with it.
  libjemalloc2: 'libjemalloc.so.2',
};

const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
const LIBRARIES = ['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu`);

function isThere(file: string): boolean {
  const isLibrary = file.includes('.so.');
  return (isLibrary ? LIBRARIES : FOLDERS).some((folder) => {
    try {
      accessSync(join(folder, file), isLibrary ? constants.R_OK : constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const missing = () => Object.keys(PACKAGES).filter((name) => !isThere(PACKAGES[name] ?? name));

/**
 * Installs what is missing, as root; what apt would start is kept from starting, since the tests start their own.
 *
 * @returns what a person has to do, or `undefined` when everything is there.
 */
export function needPackages(): string | undefined {
  const wanted = missing();
  if (wanted.length === 0) return undefined;
  const command = `apt-get install -y --no-install-recommends ${wanted.join(' ')}`;
  const advice = `The tests need these Debian packages: ${wanted.join(' ')}. Run: sudo ${command}`;
  if (process.getuid?.() !== 0 || !isThere('apt-get')) return advice;
  console.log(`Installing what the tests need: ${wanted.join(' ')}`);
  withoutAutostart(() => {
    apt(['update', '-q']);
    apt(command.split(' ').slice(1));
  });
  const still = missing();
  return still.length === 0 ? undefined : `${advice} (apt-get did not bring ${still.join(' ')})`;
}

function apt(args: readonly string[]): void {
  spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/** Debian asks /usr/sbin/policy-rc.d before a package starts its service; 101 says no. */
function withoutAutostart(work: () => void): void {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    work();
  } finally {
    if (ours) rmSync(policy);
  }
}
