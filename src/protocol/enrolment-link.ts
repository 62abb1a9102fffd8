/** What an enrolment link says. The secret sits in the fragment, which no browser sends and no server logs (R49). */
export interface EnrolmentLink {
  readonly issuer: string;
  readonly secret: string;
}

/**
 * @param authenticator URL of the authenticator's enrolment page, e.g. `https://auth.example.com/enrol`.
 * @returns `<authenticator>#issuer=…&secret=…`; opening it spends nothing, only the enrol POST does.
 */
export function enrolmentLink(authenticator: string, link: EnrolmentLink): string {
  const url = new URL(authenticator);
  url.hash = new URLSearchParams({ issuer: link.issuer, secret: link.secret }).toString();
  return url.href;
}

/** @returns `undefined` for anything that is no enrolment link. */
export function parseEnrolmentLink(text: string): EnrolmentLink | undefined {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  const parameters = new URLSearchParams(url?.hash.slice(1));
  const [issuer, secret] = [parameters.get('issuer'), parameters.get('secret')];
  if (!issuer || !secret || !URL.canParse(issuer) || !/^https?:$/.test(new URL(issuer).protocol))
    return undefined;
  return { issuer, secret };
}
