/** A plain-text file of recovery codes, made in the page that shows them: nothing is stored or sent for it. */
export function codesFile(of: {
  readonly issuer: string;
  readonly account: string;
  /** As they are shown. */
  readonly codes: readonly string[];
}): string {
  return [
    `Recovery codes for ${of.account} at ${of.issuer}`,
    '',
    'Each works once, together with your password, when you do not have your phone:',
    'choose "I do not have my phone" on the page that waits for it.',
    'Keep this away from your phone and from your password.',
    '',
    ...of.codes,
    '',
  ].join('\r\n');
}
