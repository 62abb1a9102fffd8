import type { Provider } from 'oidc-provider';

/** `uid` of the session an access token was given in, or `undefined` for a token that is no longer good. */
export async function sessionOfToken(provider: Provider, accessToken: string): Promise<string | undefined> {
  const token = await provider.AccessToken.find(accessToken);
  return (token as { sessionUid?: string } | undefined)?.sessionUid;
}
