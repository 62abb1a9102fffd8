/** What the device is called until its owner says otherwise, by what the browser says of itself. */

interface Hints {
  readonly userAgent: string;
  /** `navigator.userAgentData.model`, where a browser tells it. */
  readonly model?: string | undefined;
}

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bFxiOS\/|\bFirefox\//, 'Firefox'],
  [/\bEdgA?\/|\bEdgiOS\//, 'Edge'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bOPR\//, 'Opera'],
  [/\bCriOS\/|Chrome\/|\bChromium\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMacintosh\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
];

/** E.g. `Pixel 9`, `iPhone`, `Firefox on Linux`; never empty. */
export function deviceName({ userAgent, model }: Hints): string {
  const plain = model?.replace(/[\p{C}]/gu, '').trim();
  if (plain) return plain.slice(0, 64);
  const apple = /\b(iPhone|iPad)\b/.exec(userAgent)?.[1];
  if (apple) return apple;
  const browser = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? 'My phone';
}
