import parse from 'co-body';
import type { Context } from 'koa';

/** What people's forms may send at most; a password page needs far less. */
const LIMIT = '16kb';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** A POST we refuse before looking at what it wants; the error page says what to do. */
export class FormRefused extends Error {
  override readonly name = 'FormRefused';
  readonly status: 400 | 403 | 413 | 415;
  readonly code: string;
  constructor(status: 400 | 403 | 413 | 415, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * A form of our own pages: sent by a page of this origin (R40), as a plain form, each field once (F9).
 *
 * @param origin of the issuer, e.g. `https://id.example.org`.
 * @throws FormRefused
 */
export async function readForm(ctx: Context, origin: string): Promise<ReadonlyMap<string, string>> {
  refuseForeign(ctx, origin);
  if (!ctx.is(FORM_TYPE)) {
    throw new FormRefused(
      415,
      'not_a_form',
      `content type ${ctx.get('content-type') || '(none)'}: ${FORM_TYPE} is wanted`,
    );
  }
  // Browsers compress no form, and a broken stream of an unpacker that nobody listens to would end the process.
  if ((ctx.get('content-encoding') || 'identity') !== 'identity')
    throw new FormRefused(415, 'not_a_form', 'a form is sent as it is, without a content coding');
  let text: string;
  try {
    text = (await parse.text(ctx, { limit: LIMIT, textTypes: [FORM_TYPE] })) as string;
  } catch (error) {
    const status = (error as { status?: number }).status === 413 ? 413 : 400;
    throw new FormRefused(status, 'unreadable_form', `the form could not be read (${status})`);
  }
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name))
      throw new FormRefused(400, 'repeated_field', `field ${name.slice(0, 40)} was sent twice`);
    fields.set(name, value);
  }
  return fields;
}

/**
 * Fetch Metadata first, since it cannot be forged by a page and survives every referrer policy; then `Origin`. A POST
 * with neither came from no browser we serve.
 */
function refuseForeign(ctx: Context, origin: string): void {
  const site = ctx.get('sec-fetch-site');
  const from = ctx.get('origin');
  const ours = site === '' ? from === origin : site === 'same-origin';
  if (!ours) {
    throw new FormRefused(
      403,
      'foreign_form',
      `sent from ${from || site || 'an unknown place'}, not from ${origin}`,
    );
  }
}
