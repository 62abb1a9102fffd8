import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';
import type { Keyring, KeySet } from './keyring.ts';

/** The Provider of now. It reads its keys once, so a rotation builds another and swaps it in between two requests. */
export interface ProviderMount {
  current(): Provider;
  /** Koa middleware, the last of the stack: hands the request to the Provider. */
  handle(ctx: Context): Promise<void>;
}

export function mountProvider(keyring: Keyring, build: (keys: KeySet) => Provider): ProviderMount {
  let provider = build(keyring.current());
  let callback = provider.callback();
  keyring.onChange((keys) => {
    provider = build(keys);
    callback = provider.callback();
  });
  return {
    current: () => provider,
    async handle(ctx) {
      ctx.respond = false;
      ctx.res.statusCode = 404;
      await callback(ctx.req, ctx.res);
    },
  };
}
