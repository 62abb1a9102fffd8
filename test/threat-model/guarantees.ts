/** One sentence a reader may rely on, and the test that fails when it is not so: its file and the start of its title. */
export interface Guarantee {
  readonly says: string;
  readonly file: string;
  readonly title: string;
}

/** Against somebody who has the password. */
export const GUARANTEES: readonly Guarantee[] = [
  {
    says: 'An account’s phones ring for unknown browsers 3 times in 10 minutes and 10 times in a day at most, until its person gets in, over all browsers, addresses and nodes.',
    file: 'test/approval/fatigue.test.ts',
    title: 'R7 R10 R11: never more pushes than the caps',
  },
  {
    says: 'Device codes and other spellings of the name count with the rest.',
    file: 'test/walk/attacked-account.test.ts',
    title: 'R9 R10: device codes and other spellings',
  },
  {
    says: '2,000 sign-ins from 500 addresses in a day stay under these caps, and the owner gets in all the while.',
    file: 'test/approval/fatigue.test.ts',
    title: 'F7 R10: 2,000 sign-ins from 500 addresses',
  },
  {
    says: 'Nobody is signed in by a request that a device denied or reported, and three wrong numbers end one.',
    file: 'test/approval/fatigue.test.ts',
    title: 'R7 R10 R11: never more pushes than the caps',
  },
  {
    says: 'The owner is not locked out: a browser that the account knows has allowances of its own, and a device alone opens the door by “Secure my account” and “Let them ask again”.',
    file: 'test/approval/fatigue.test.ts',
    title: 'the owner with a device alone is never locked out',
  },
  {
    says: 'After the second deny a browser rings nobody for five minutes; what it asks is found by whoever opens the authenticator.',
    file: 'test/walk/attacked-account.test.ts',
    title: 'R11: after the second deny',
  },
  {
    says: '“This wasn’t me” keeps unknown browsers from the device until the owner proves themselves in a known browser, with a passkey or on the device, or an admin lets them.',
    file: 'test/walk/reported.test.ts',
    title: 'R11: no unknown browser reaches the device',
  },
  {
    says: 'Whoever was reported stays blocked, by browser, address and network, for `limits.report.block`.',
    file: 'test/walk/reported.test.ts',
    title: 'a sign-in approved in a known browser opens the door, but not to who was reported',
  },
  {
    says: 'After a report the password opens nothing by itself, and the next approved sign-in asks for another one before the app gets anything.',
    file: 'test/walk/reported.test.ts',
    title: 'at the next sign-in that the device approves',
  },
  {
    says: 'Spray over many accounts rings no more phones past a limit, and takes nobody who shares the address out.',
    file: 'test/walk/attacked-account.test.ts',
    title: 'R10: push spray',
  },
  {
    says: 'Until a device answers, an unknown browser cannot tell which of all this happened, nor whether there is a device.',
    file: 'test/walk/attacked-account.test.ts',
    title: 'R42 R59: reported, blocked, secured',
  },
  {
    says: 'Nobody without the password causes any of it.',
    file: 'test/walk/attacked-account.test.ts',
    title: 'without the password nothing of it can be caused',
  },
  {
    says: 'Two sign-ins at once are shown beside each other; neither number fits the other, and the answer to one never touches the other.',
    file: 'test/walk/unknown-browser.test.ts',
    title: 'R12 F4: two browsers at once',
  },
];
