/** Characters that turn the direction of text, hide, or break the line; shown as what they are: something odd. */
const ODD = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu;

/** Text from elsewhere, as it may be shown: no tricks, and cut in the middle when it is long. */
export function plainText(text: string, max = 60): string {
  const characters = [...text.replace(ODD, '\u{fffd}')];
  if (characters.length <= max) return characters.join('');
  const half = Math.floor((max - 1) / 2);
  return `${characters.slice(0, half).join('')}…${characters.slice(-half).join('')}`;
}

/** The letter an app's tile shows. */
export function initial(name: string): string {
  return [...name.replace(ODD, '')].find((c) => /[\p{L}\p{N}]/u.test(c))?.toLocaleUpperCase('en') ?? '•';
}
