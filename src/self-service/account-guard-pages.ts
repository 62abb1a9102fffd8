import type { Context } from 'koa';
import { equalText } from '../devices/equal-text.ts';
import { FormRefused, readForm } from '../http/form-body.ts';
import type { FormTarget } from '../http/models/parts.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showPage } from '../http/show.ts';
import { browserHashFrom, newBrowserCookie } from '../session/browser-cookie.ts';
import { ACCOUNT_PATH } from './account-client.ts';
import { accountCookieHeader, newAccountCookie, readAccountCookie } from './account-cookies.ts';
import type { AccountSessions, SignedIn } from './account-session.ts';
import { type AccountSignIn, SignInFailed } from './account-sign-in.ts';

export interface GuardDependencies {
  readonly sessions: AccountSessions;
  readonly signIn: AccountSignIn;
  readonly render: Renderer;
  readonly issuer: string;
  /** Of the issuer. */
  readonly origin: string;
}

type Form = ReadonlyMap<string, string>;
type Show = (ctx: Context, who: SignedIn) => Promise<void> | void;
type Act = (ctx: Context, who: SignedIn, form: Form) => Promise<void>;

/** Field of every form of these pages. */
const TOKEN_FIELD = 'token';

/**
 * Who may see and do anything under `/account`: whoever has the cookie of a session that is still one, in the browser
 * it was made for. A form was made for this very session, besides being sent by a page of ours (R40). Half a sign-in
 * is none: no cookie of a chain opens anything here (R25, R31).
 */
export interface AccountGuard {
  /** Others are sent to sign in. */
  readonly page: (show: Show) => (ctx: Context) => Promise<void>;
  /** Others hear that they are signed out; nothing they sent is looked at. */
  readonly act: (act: Act) => (ctx: Context) => Promise<void>;
  readonly who: (ctx: Context) => Promise<SignedIn | undefined>;
  /** The way back from the provider. */
  readonly callback: (ctx: Context) => Promise<void>;
  /** Ends the session of this browser. */
  readonly leave: (ctx: Context) => Promise<void>;
  readonly form: (who: SignedIn, path: string, fields?: Readonly<Record<string, string>>) => FormTarget;
}

export function createAccountGuard(deps: GuardDependencies): AccountGuard {
  const { sessions, signIn, render, issuer } = deps;

  async function who(ctx: Context): Promise<SignedIn | undefined> {
    const cookie = readAccountCookie(ctx.req, 'account', issuer);
    const browser = browserHashFrom(ctx.req, issuer);
    return cookie === undefined || browser === undefined ? undefined : sessions.find(cookie, browser);
  }

  async function begin(ctx: Context): Promise<void> {
    const secret = readAccountCookie(ctx.req, 'account-begun', issuer) ?? newAccountCookie();
    ctx.append('set-cookie', accountCookieHeader('account-begun', secret, issuer));
    ctx.set('cache-control', 'no-store');
    seeOther(ctx, await signIn.begin(secret));
  }

  function signedOut(ctx: Context, title: string, text: string, status: number): void {
    const { id: requestId } = requestInfo(ctx.req);
    const steps = [{ label: 'Sign in', href: ACCOUNT_PATH }];
    showPage(ctx, render, 'account-said', { seal: 'mark', title, text, steps, requestId }, status);
  }

  async function leave(ctx: Context): Promise<void> {
    const cookie = readAccountCookie(ctx.req, 'account', issuer);
    if (cookie !== undefined) await sessions.end(cookie);
    ctx.append('set-cookie', accountCookieHeader('account', null, issuer));
  }

  return {
    who,
    leave,
    page: (show) => async (ctx) => {
      const signedIn = await who(ctx);
      await (signedIn ? show(ctx, signedIn) : begin(ctx));
    },
    act: (act) => async (ctx) => {
      const form = await readForm(ctx, deps.origin);
      const signedIn = await who(ctx);
      if (!signedIn)
        return signedOut(ctx, 'You are signed out', 'Nothing was changed. Sign in, then do it again.', 403);
      if (!equalText(form.get(TOKEN_FIELD) ?? '', signedIn.formToken))
        throw new FormRefused(403, 'foreign_form', 'a form of another session');
      await act(ctx, signedIn, form);
    },
    async callback(ctx) {
      const secret = readAccountCookie(ctx.req, 'account-begun', issuer);
      try {
        if (secret === undefined) throw new SignInFailed('not begun in this browser');
        const from = await signIn.finish(new URL(ctx.url, issuer), secret);
        const known = browserHashFrom(ctx.req, issuer);
        const made = known === undefined ? newBrowserCookie(issuer) : undefined;
        const before = readAccountCookie(ctx.req, 'account', issuer);
        if (before !== undefined) await sessions.end(before);
        const { sub: account, authTime, session } = from;
        const browser = known ?? made?.hash ?? '';
        const cookie = await sessions.start({ account, session, browser, authTime });
        if (made) ctx.append('set-cookie', made.header);
        ctx.append('set-cookie', accountCookieHeader('account', cookie, issuer));
        ctx.append('set-cookie', accountCookieHeader('account-begun', null, issuer));
        seeOther(ctx, ACCOUNT_PATH);
      } catch (error) {
        if (!(error instanceof SignInFailed)) throw error;
        signedOut(
          ctx,
          'You are not signed in',
          'The sign-in did not come to its end here. Begin it again.',
          400,
        );
      }
    },
    form: (signedIn, path, fields = {}) => ({
      action: ACCOUNT_PATH + path,
      fields: { ...fields, [TOKEN_FIELD]: signedIn.formToken },
    }),
  };
}
