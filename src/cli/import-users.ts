import { readFileSync } from 'node:fs';
import type { Account } from '../accounts/account.ts';
import { type ImportProblem, parsePeople } from '../accounts/import-csv.ts';
import type { Services } from '../services.ts';
import { invite } from './invite.ts';
import { CommandFailed, printable, say, table } from './output.ts';

/** All or nothing, as far as that can be told beforehand: the file is checked whole, and its names against the store. */
export async function importUsers(
  services: Services,
  file: string,
  options: { readonly dryRun?: boolean; readonly invite?: boolean },
  json: boolean,
): Promise<void> {
  const { people, problems } = parsePeople(readText(file));
  const taken = problems.length === 0 ? await namesTaken(services, people) : [];
  const wrong = [...problems, ...taken];
  if (wrong.length > 0) {
    if (json) process.stdout.write(`${JSON.stringify({ problems: wrong })}\n`);
    const lines = wrong.map(
      ({ line, field, was, wanted }) =>
        `${file}:${line}  ${field}: was ${JSON.stringify(printable(was))}, wanted ${wanted}`,
    );
    throw new CommandFailed(`nobody was added, because of the file:\n\n${lines.join('\n')}`);
  }
  if (options.dryRun) {
    return say(json, `The file is in order: ${people.length} people. Nobody was added.`, {
      wouldAdd: people.length,
    });
  }
  const added: { userName: string; sub: string; link?: string; expiresAt?: number }[] = [];
  for (const { person } of people) {
    const account: Account = await services.accounts.create(person);
    const { sub, userName } = account;
    services.audit.record({ type: 'account.created', account: sub, userName, by: 'cli' });
    added.push({ userName, sub, ...(options.invite ? await invite(services, account) : {}) });
  }
  const links = options.invite
    ? `\n\n${table(
        ['USER', 'INVITATION'],
        added.map((one) => [one.userName, one.link ?? '']),
      )}`
    : '';
  say(json, `Added ${added.length} people.${links}`, added);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new CommandFailed(`${file} cannot be read (${code})`);
  }
}

async function namesTaken(
  { accounts }: Services,
  people: ReturnType<typeof parsePeople>['people'],
): Promise<ImportProblem[]> {
  const taken: ImportProblem[] = [];
  for (const { line, person } of people) {
    const wanted = 'a name no other account has';
    if (await accounts.findByName(person.userName)) {
      taken.push({ line, field: 'user_name', was: person.userName, wanted });
    }
    for (const { address } of person.emails) {
      if (await accounts.findByName(address)) taken.push({ line, field: 'email', was: address, wanted });
    }
  }
  return taken;
}
