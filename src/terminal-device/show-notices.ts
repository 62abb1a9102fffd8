import { DeviceApiError } from '../protocol/device-api-error.ts';
import type { DeviceClient } from '../protocol/device-client.ts';
import type { TerminalUi } from './terminal-ui.ts';
import { noticeText } from './words.ts';

/** At the start, what was missed for longer is left to the account's own page. */
const MISSED_S = 24 * 60 * 60;

/**
 * Shows what was done to the account since the last call; the first one shows what was missed in a day. Returns at once:
 * it holds no request up, and what fails is asked for again by the next call. A server of an older release has none, and
 * is not asked again.
 */
export function createNoticeWatch(client: Pick<DeviceClient, 'notices'>, ui: TerminalUi): () => void {
  let after: string | undefined;
  let first = true;
  let state: 'idle' | 'asking' | 'none' = 'idle';

  async function look(): Promise<void> {
    const message = await client.notices(after);
    const shown = message.notices.filter(({ at }) => !first || at >= message.server_time - MISSED_S);
    for (const notice of shown) ui.show(noticeText(notice));
    after = message.after;
    first = false;
  }

  return () => {
    if (state !== 'idle') return;
    state = 'asking';
    look().then(
      () => {
        state = 'idle';
      },
      (error: unknown) => {
        state = error instanceof DeviceApiError && error.code === 'not_found' ? 'none' : 'idle';
      },
    );
  };
}
