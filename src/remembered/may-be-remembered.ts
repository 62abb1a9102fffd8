import type { Interaction } from '../authorize/interactions.ts';
import { ACR, rank } from '../session/ladder.ts';

/**
 * Whether a remembered browser is enough for what this request needs, and so whether its page offers to remember it: a
 * sign-in of this very browser, to an app that takes it, with no `acr` asked for. Where the password alone is enough,
 * there is nothing to remember.
 */
export function mayBeRemembered({ required, takesStandIn }: Interaction): boolean {
  return required > rank(ACR.pwd) && takesStandIn(ACR.remembered);
}
