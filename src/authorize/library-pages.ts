import type { ParameterizedContext } from 'koa';
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import {
  badRequestPage,
  forbiddenPage,
  notFoundPage,
  unavailablePage,
  unexpectedPage,
} from '../http/error-words.ts';
import { readLibraryForm } from '../http/library-form.ts';
import type { AppFace } from '../http/models/parts.ts';
import type { PageModels, PageName } from '../http/page-models.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import type { Place } from '../risk/place.ts';
import { policyOf } from './client-policy.ts';
import { ROUTES } from './routes.ts';

type Context = ParameterizedContext;

/** The pages oidc-provider asks for in the middle of its own endpoints. */
export interface LibraryPages {
  error(ctx: KoaContextWithOIDC, out: ErrorOut, error: Error): void;
  logout(ctx: KoaContextWithOIDC, form: string): void;
  signedOut(ctx: KoaContextWithOIDC): void;
  userCodeInput(ctx: KoaContextWithOIDC, form: string, out?: ErrorOut, error?: Error): void;
  userCodeConfirm(
    ctx: KoaContextWithOIDC,
    form: string,
    client: unknown,
    deviceInfo: Record<string, unknown>,
    userCode: string,
  ): void;
  deviceSuccess(ctx: KoaContextWithOIDC): void;
  /** What is kept of the device that asked for a user code. */
  deviceInfo(ctx: KoaContextWithOIDC): Record<string, unknown>;
  otherBrowser(ctx: Context): void;
  notFound(ctx: Context): void;
  /** Whether the library just refused a resume because the browser's session is another one now. */
  hitSessionMismatch(ctx: Context): boolean;
  resumeAgain(ctx: Context, url: string): void;
}

/** What a user code's page tells about the device that waits for it. */
export interface WaitingDevice {
  readonly address: string;
  readonly place: string | null;
}

export function faceOf(client: KoaContextWithOIDC['oidc']['client'] | undefined): AppFace {
  if (!client) return { name: 'the app' };
  return { name: policyOf(client).name, ...(client.logoUri ? { logo: client.logoUri } : {}) };
}

/** Which sentence the page of user codes says; none after the person's own "Not my device". */
function userCodeProblem(error: Error | undefined, out: ErrorOut | undefined) {
  switch (error?.constructor.name) {
    case 'NoCodeError':
      return 'missing';
    case 'NotFoundError':
    case 'ExpiredError':
    case 'AlreadyUsedError':
      return 'unknown';
    case 'AbortedError':
      return undefined;
    default:
      return out || error ? 'other' : undefined;
  }
}

const mismatches = new WeakSet<object>();
const MISMATCH = /session mismatch/;

export function createLibraryPages(render: Renderer, placeOf: (address: string) => Place): LibraryPages {
  const show = <N extends PageName>(ctx: Context, status: number, name: N, model: PageModels[N]) => {
    ctx.status = status;
    ctx.type = 'html';
    ctx.body = render(name, model);
  };

  return {
    error(ctx, out, error) {
      const { id } = requestInfo(ctx.req);
      const status = (error as { statusCode?: number }).statusCode ?? 500;
      const description = (error as { error_description?: string }).error_description ?? error.message;
      if (MISMATCH.test(description)) mismatches.add(ctx.req);
      if (out.error === 'server_error') {
        show(ctx, status, 'error', status === 503 ? unavailablePage(id) : unexpectedPage(id));
      } else if (error.constructor.name === 'SessionNotFound') {
        show(ctx, 400, 'outcome', { kind: 'session-gone', steps: [], requestId: id });
      } else if (status === 404) {
        show(ctx, 404, 'error', notFoundPage(id));
      } else {
        const detail = [out.error, out.error_description].filter(Boolean).join(': ');
        show(ctx, status, 'error', badRequestPage(detail, id));
      }
    },

    logout(ctx, form) {
      show(ctx, 200, 'logout', {
        form: readLibraryForm(form),
        ...(ctx.oidc.client ? { app: faceOf(ctx.oidc.client) } : {}),
      });
    },

    signedOut(ctx) {
      const back = ctx.oidc.client?.clientUri;
      show(ctx, 200, 'signed-out', {
        ...(ctx.oidc.client ? { app: faceOf(ctx.oidc.client) } : {}),
        ...(back ? { back } : {}),
      });
    },

    userCodeInput(ctx, form, out, error) {
      const session = ctx.oidc.session as { exp?: number; touched?: boolean } | undefined;
      if (error && session && session.exp === undefined) {
        // A form sent, or a chain resumed, in a session that was never kept: its new form could not be sent either, and
        // the library throws when it saves such a session after the error.
        session.touched = false;
        show(ctx, 400, 'outcome', {
          kind: 'session-gone',
          steps: [{ label: 'Type the code again', href: ROUTES.code_verification }],
          requestId: requestInfo(ctx.req).id,
        });
        return;
      }
      const problem = userCodeProblem(error, out);
      const userCode = (error as { userCode?: string } | undefined)?.userCode;
      show(ctx, ctx.status === 404 ? 200 : ctx.status, 'device-code', {
        form: readLibraryForm(form),
        ...(userCode ? { userCode } : {}),
        ...(problem ? { problem } : {}),
      });
    },

    userCodeConfirm(ctx, form, _client, deviceInfo, userCode) {
      const device = deviceInfo as unknown as WaitingDevice;
      show(ctx, 200, 'device-confirm', {
        form: readLibraryForm(form),
        app: faceOf(ctx.oidc.client),
        userCode,
        place: device.place,
        address: device.address,
      });
    },

    deviceSuccess(ctx) {
      show(ctx, 200, 'device-done', { app: faceOf(ctx.oidc.client) });
    },

    deviceInfo(ctx) {
      const { address } = requestInfo(ctx.req);
      return { address, place: placeOf(address).label } satisfies WaitingDevice;
    },

    otherBrowser(ctx) {
      show(ctx, 403, 'error', forbiddenPage(requestInfo(ctx.req).id));
    },

    notFound(ctx) {
      show(ctx, 404, 'error', notFoundPage(requestInfo(ctx.req).id));
    },

    hitSessionMismatch: (ctx) => mismatches.delete(ctx.req),

    resumeAgain(ctx, url) {
      show(ctx, 200, 'leaving', { url });
    },
  };
}
