import { createHash } from 'node:crypto';

/**
 * What a chain of prompts is called everywhere but in oidc-provider: in its challenge, in events, in forms.
 *
 * @param cid the library's own name of it, which stands in interaction records alone.
 */
export function chainName(cid: string): string {
  return createHash('sha256').update(`chain\0${cid}`).digest().subarray(0, 18).toString('base64url');
}
