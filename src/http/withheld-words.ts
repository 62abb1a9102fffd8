import type { Withheld } from '../approval/open-challenges.ts';

const WORDS: Readonly<Partial<Record<Withheld, string>>> = {
  open: 'Another browser of yours is waiting for an answer, and your phone shows one of yours at a time. Answer that request or cancel it there, then send again here.',
  limit:
    'That was a lot in a short time, so your phone is left alone for a while. Send again in some minutes.',
  'no-device': 'No phone of yours can be asked at the moment. Ask for an invitation to add one.',
};

/** Why no phone shows this request, and what to do; only ever for a known browser (R59). */
export const withheldWords = (withheld: Withheld | undefined): string | undefined =>
  withheld && WORDS[withheld];
