import { timingSafeEqual } from 'node:crypto';

/** Whether two texts have the same UTF-8 bytes, in time that depends on the lengths alone. */
export function equalText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
