/** The client that a person's own pages at `/account` are: always there, and nobody else's. */
export const ACCOUNT_CLIENT_ID = 'countersign-account';
