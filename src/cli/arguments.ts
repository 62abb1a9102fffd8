import { durationMs, parseDuration } from '../options/duration.ts';
import { UsageWrong } from './output.ts';

/** Why an admin did it, for the audit log. @throws UsageWrong when it says nothing. */
export function givenReason(reason: string): string {
  if (reason.trim() === '') throw new UsageWrong('--reason: was empty, wanted a few words');
  return reason.trim();
}

/** @returns ms. @throws UsageWrong unless it is a duration from `from` to `to`, such as `15min`. */
export function givenDuration(option: string, typed: string, from: string, to: string): number {
  const ms = parseDuration(typed);
  if (ms === undefined || ms < durationMs(from) || ms > durationMs(to))
    throw new UsageWrong(
      `${option}: was ${JSON.stringify(typed)}, wanted a duration from ${from} to ${to}, such as 15min or 2h`,
    );
  return ms;
}
