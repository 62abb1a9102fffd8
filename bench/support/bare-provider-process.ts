import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Provider } from 'oidc-provider';
import type { Account } from '../../src/accounts/account.ts';
import { createAdapterFactory } from '../../src/authorize/adapter/create-adapter.ts';
import { inRequestScope } from '../../src/authorize/request-scope.ts';
import { HOUR, keys } from '../../src/store/keys.ts';
import { openStore } from '../../src/store/open.ts';
import { answerAsks } from './child.ts';
import { CLIENT } from './sign-in.ts';

answerAsks({
  async listen({ folder, port }: { folder: string; port: number }) {
    const store = await openStore({ dataDir: folder });
    const account = { v: 1, sub: 'somebody', userName: 'somebody', disabled: false, notBefore: 0 } as Account;
    await store.put(keys.account(account.sub), account, { if: 'any', ttlMs: null });
    const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
    const get = async (sub: string) => (await store.get<Account>(keys.account(sub)))?.value;
    const provider = new Provider(`http://localhost:${port}`, {
      adapter: createAdapterFactory({
        store,
        account: get,
        client: async () => ({
          client_id: CLIENT.clientId,
          client_secret: CLIENT.secret,
          redirect_uris: CLIENT.redirectUris,
          grant_types: CLIENT.grantTypes,
          response_types: ['code'],
          id_token_signed_response_alg: 'ES256',
        }),
        sessionLifeMs: 12 * HOUR,
        sessionIdleMs: HOUR,
      }),
      jwks: { keys: [{ ...signing, alg: 'ES256', use: 'sig', kid: 'k' }] as never },
      cookies: { keys: [randomBytes(32).toString('base64url')] },
      routes: { authorization: '/authorize', token: '/token' },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
      findAccount: async (_ctx, sub) => {
        const found = await get(sub);
        return found && { accountId: sub, claims: async () => ({ sub }) };
      },
      ttl: {
        Session: 43_200,
        Interaction: 1800,
        Grant: 86_400,
        AuthorizationCode: 60,
        AccessToken: 600,
        IdToken: 600,
        RefreshToken: 86_400,
      },
    });
    const library = provider.callback();

    async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const { prompt, session, params } = await provider.interactionDetails(request, response);
      if (prompt.name === 'login') {
        const login = { login: { accountId: account.sub, amr: ['pwd'] } };
        return provider.interactionFinished(request, response, login, { mergeWithLastSubmission: false });
      }
      const grant = new provider.Grant({
        accountId: session!.accountId,
        clientId: String(params['client_id']),
      });
      grant.addOIDCScope('openid offline_access');
      const consent = { consent: { grantId: await grant.save() } };
      return provider.interactionFinished(request, response, consent, { mergeWithLastSubmission: true });
    }

    const server = createServer((request, response) => {
      const work = request.url?.startsWith('/interaction/') ? interact : library;
      inRequestScope(async () => work(request, response)).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  },
});
