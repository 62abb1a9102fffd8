import type { AssessedEvent } from '../risk/assessed-event.ts';
import type { Explanation } from '../risk/explain.ts';
import type { Replayed } from '../risk/replay.ts';
import { printable, say, table, time } from './output.ts';

export function sayExplanation(json: boolean, event: AssessedEvent, explained: Explanation): void {
  const { at, account, client, address, chain, facts } = event;
  const before = { proof: event.needs, rule: event.rule };
  if (json) {
    say(true, '', { at, account, client, address, chain, facts, before, ...explained });
    return;
  }
  const { proof, rule, raised, signals, rules } = explained;
  const same = before.proof === proof && before.rule === rule;
  const lines = [
    `${time(at)}  ${facts.purpose} to ${client} by ${account}`,
    `From ${address}${facts.place === null ? '' : `, ${facts.place}`}${facts.network === null ? '' : ` (${facts.network})`}`,
    '',
    'Signals',
    signals.length === 0
      ? '  none'
      : indented(
          table(
            ['', ''],
            signals.map(({ signal, sentence }) => [signal, sentence]),
          )
            .split('\n')
            .slice(1),
        ),
    '',
    'Rules',
    indented(
      table(
        ['', '', ''],
        rules.map(({ name, holds, why, proof: wanted }) => [
          name,
          holds === true ? `holds → ${wanted}` : holds === false ? 'does not hold' : '-',
          why,
        ]),
      )
        .split('\n')
        .slice(1),
    ),
    '',
    `Proof  ${proof}, by the rule ${rule}${raised === undefined ? '' : `; raised, because ${raised}`}`,
    ...(same ? [] : [`Then   ${before.proof}, by the rule ${before.rule}`]),
  ];
  say(false, lines.map(printableLines).join('\n'), {});
}

/** @param result.notReplayed settings of the new policy that play no part in it. */
export function sayReplayed(
  json: boolean,
  result: Replayed & { readonly notReplayed: readonly string[] },
): void {
  if (json) {
    say(true, '', result);
    return;
  }
  const { signIns, changed, stricter, easier, stopped, burdened, rules, moves, events, unreadable } = result;
  const span =
    result.from === null || result.to === null ? '' : `, from ${time(result.from)} to ${time(result.to)}`;
  const lines = [
    `${many(signIns, 'sign-in')} in ${many(events, 'event')}${span}`,
    ...(unreadable === 0
      ? []
      : [`${many(unreadable, 'line')} passed over; the first: ${result.firstUnreadable}`]),
    ...result.notReplayed.map((setting) => `Not replayed: ${setting}`),
    '',
    changed === 0
      ? 'None would be asked for another proof.'
      : `${changed} (${percent(changed, signIns)}) would be asked for another proof: ${stricter} for more, ${easier} for less.`,
    ...(stricter === 0
      ? []
      : [`Of those asked for more, ${burdened} were let in then, and ${stopped} were denied or reported.`]),
    '',
    indented(
      table(
        ['Rule', 'Then', 'Now'],
        rules.map(({ rule, before, after }) => [rule, String(before), String(after)]),
      ).split('\n'),
    ),
  ];
  for (const { before, after, signIns: count, endings, examples } of moves) {
    const ended = Object.entries(endings)
      .filter(([, n]) => n > 0)
      .map(([ending, n]) => `${n} ${ending}`);
    lines.push(
      '',
      `${before.proof} (${before.rule}) → ${after.proof} (${after.rule}): ${count}; ${ended.join(', ')}`,
      ...examples.map(
        (one) =>
          `  ${time(one.at)}  ${one.client}  ${one.account}  ${one.ending}  ${one.signals.join(', ') || 'no signal'}  ${one.chain}`,
      ),
    );
  }
  say(false, lines.map(printableLines).join('\n'), {});
}

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`).join('\n');
const printableLines = (text: string) => text.split('\n').map(printable).join('\n');
const many = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
const percent = (n: number, of: number) => `${((100 * n) / of).toFixed(1)} %`;
