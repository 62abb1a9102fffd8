import type { Asked } from '../approval/asked.ts';
import type { Audit } from '../audit/audit.ts';
import type { Interaction } from '../authorize/interactions.ts';
import type { PasswordCheck } from '../password/check-password.ts';

/** `right`, `wrong`, or how long to wait. */
export type PasswordBeside = 'right' | 'wrong' | { readonly retryAfterS: number };

/** A step-up has no password in its chain: it is asked for beside the code, under the throttles of every password. */
export async function passwordBeside(
  { check, audit }: { readonly check: PasswordCheck; readonly audit: Audit },
  interaction: Interaction,
  { account, browser }: Asked,
  typed: { readonly password: string; readonly address: string; readonly requestId: string },
): Promise<PasswordBeside> {
  const { password, address, requestId } = typed;
  const attempt = { chain: interaction.chain, client: interaction.clientId, address, account: account.sub };
  const result = await check.check({ name: account.userName, password, address, browserHash: browser });
  const { known } = result;
  if (result.ok && result.account.sub === account.sub) {
    audit.record({ type: 'password.accepted', ...attempt, known }, { requestId });
    return 'right';
  }
  if (!result.ok && result.reason === 'wait') {
    const { retryAfterS } = result;
    audit.record({ type: 'password.throttled', ...attempt, retryAfterS }, { requestId });
    return { retryAfterS };
  }
  audit.record({ type: 'password.rejected', ...attempt, known }, { requestId });
  return 'wrong';
}
