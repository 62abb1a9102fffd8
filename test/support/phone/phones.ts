import { ChromiumPhone } from './chromium-phone.ts';
import { FirefoxPhone } from './firefox-phone.ts';
import type { Phone } from './phone.ts';

/** The phones there are, for what has to go on both. */
export const PHONES: readonly { readonly name: Phone['name']; readonly start: () => Promise<Phone> }[] = [
  { name: 'Firefox', start: () => FirefoxPhone.start() },
  { name: 'Chromium', start: () => ChromiumPhone.start() },
];
