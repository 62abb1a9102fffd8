/** The store cannot answer or cannot promise durability: people get a 503 page, nobody gets in (R50). */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  readonly code = 'store_unavailable';
  readonly status = 503;
  /** The same, under the name oidc-provider's error handler reads. */
  readonly statusCode = 503;
  /** Koa shows the message to people only when this is true. */
  readonly expose = false;
  /** Why, in one word that anybody may read; `undefined` when nobody knows. */
  readonly reason: string | undefined;

  constructor(message: string, options: { readonly reason?: string } = {}) {
    super(message);
    this.reason = options.reason;
  }
}

/** Fifty compare-and-set attempts in a row lost: the record is too busy right now. */
export class StoreContended extends StoreUnavailable {}
