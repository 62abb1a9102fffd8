import type { Withheld } from '../approval/open-challenges.ts';

const WORDS: Readonly<Partial<Record<Withheld, string>>> = {
  open: 'Another browser of yours is waiting for an answer, and your phone shows one of yours at a time. Answer that request or cancel it there, then send again here.',
  limit:
    'That was a lot in a short time, so your phone is left alone for a while. Send again in some minutes.',
  secured:
    'You have secured your account, so no browser reaches your phone. Choose “Let them ask again” in the authenticator, then send again here.',
  blocked:
    'A request of this browser was reported on your phone, so it shows none of them for now. Use a passkey here, or another browser.',
  'no-device': 'No phone of yours can be asked at the moment. Ask for an invitation to add one.',
};

/** Why no phone shows this request, and what to do; only ever for a known browser (R59). */
export const withheldWords = (withheld: Withheld | undefined): string | undefined =>
  withheld && WORDS[withheld];
