import Router from '@koa/router';
import { StoreUnavailable } from '../store/errors.ts';
import type { Store } from '../store/port.ts';

/**
 * `/livez`: the process runs. `/readyz`: it can sign people in, i.e. the store answers and takes writes; where it does
 * not and knows why, `reason` says so in one word.
 */
export function healthRouter(
  store: Pick<Store, 'check' | 'engine'>,
  state: { readonly stopping: boolean },
): Router {
  const router = new Router();
  let checking: Promise<void> | undefined;
  /** A check writes, and anybody may ask: however many ask at once, one is under way. */
  const check = (): Promise<void> => {
    checking ??= store.check().finally(() => {
      checking = undefined;
    });
    return checking;
  };
  router.get('/livez', (ctx) => {
    ctx.set('cache-control', 'no-store');
    ctx.body = { status: 'ok' };
  });
  router.get('/readyz', async (ctx) => {
    ctx.set('cache-control', 'no-store');
    let store_ = 'ok';
    let reason: string | undefined;
    try {
      await check();
    } catch (error) {
      store_ = 'unavailable';
      if (error instanceof StoreUnavailable) reason = error.reason;
    }
    const ready = store_ === 'ok' && !state.stopping;
    ctx.status = ready ? 200 : 503;
    ctx.body = {
      status: ready ? 'ok' : state.stopping ? 'stopping' : 'unavailable',
      store: store_,
      ...(reason === undefined ? {} : { reason }),
      engine: store.engine,
    };
  });
  return router;
}
