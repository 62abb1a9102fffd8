export interface Mailbox {
  readonly name?: string;
  readonly address: string;
}

const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/;

/** `someone@example.com` or `Name <someone@example.com>`; no quoting, no comments, no second address (RFC 5322). */
export function parseMailbox(text: string): Mailbox | undefined {
  const named = /^([^<>"(),:;@\\\p{Cc}]{1,80}?) ?<([^<>]+)>$/u.exec(text);
  const address = named?.[2] ?? text;
  if (!ADDRESS.test(address)) return undefined;
  const name = named?.[1]?.trim();
  return name ? { name, address } : { address };
}

export const isMailbox = (text: string): boolean => parseMailbox(text) !== undefined;
