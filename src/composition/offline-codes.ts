import { readFileSync } from 'node:fs';
import { createOfflineCodes, type OfflineCodesService } from '../recovery/offline-codes.ts';
import { createSealing, readSealingKeys } from '../recovery/sealing.ts';
import type { Services } from '../services.ts';

/**
 * Codes of phones without network, where the configuration has a key for them.
 *
 * @throws Error with a sentence for people when the key cannot be read.
 */
export function composeOfflineCodes({ config, store }: Services): OfflineCodesService | undefined {
  const option = config.factors.offlineCode;
  if (!option) return undefined;
  const name = `factors.offlineCode.keyFile '${option.keyFile}'`;
  let text: string;
  try {
    text = readFileSync(option.keyFile, 'utf8');
  } catch (error) {
    throw new Error(`${name}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return createOfflineCodes(store, createSealing(readSealingKeys(text, name)));
}
