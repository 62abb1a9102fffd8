import type { Context } from 'koa';
import type { BrowserStanding } from '../accounts/known-browsers.ts';
import { type Asked, onlyPasskey } from '../approval/asked.ts';
import type { Interaction, Interactions } from '../authorize/interactions.ts';
import type { PageModels } from '../http/page-models.ts';
import type { Renderer } from '../http/render.ts';
import { showPage } from '../http/show.ts';
import { rank } from '../session/ladder.ts';
import { acrOf, type Passkey } from './passkey.ts';

export interface PasskeyViewDependencies {
  readonly interactions: Interactions;
  readonly render: Renderer;
  readonly passkeys: { list(account: string): Promise<readonly Passkey[]> };
  readonly known: { standing(sub: string, browser: string): Promise<BrowserStanding> };
  /** Where people make a passkey. */
  readonly accountPage: string;
}

export type PasskeyProblem = PageModels['passkey']['problem'];

export interface PasskeyViews {
  /** Addresses of the ceremony in one interaction. */
  ceremony(interaction: Interaction): PageModels['passkey']['form'] & { options: string; page: string };
  /** On the password page's way: whoever has a passkey signs in by it. */
  showForAnybody(ctx: Context, interaction: Interaction, problem?: PasskeyProblem, status?: number): void;
  /** For the person this chain asks. */
  showFor(
    ctx: Context,
    interaction: Interaction,
    who: Asked,
    shown?: { readonly problem?: PasskeyProblem; readonly status?: number; readonly chosen?: boolean },
  ): Promise<void>;
  /** Whether the passkey page comes before any push: this browser has used one, and there still is one. */
  comesFirst(who: Asked): Promise<boolean>;
}

/** What a person sees of passkeys in a sign-in. Nothing here changes anything. */
export function createPasskeyViews(deps: PasskeyViewDependencies): PasskeyViews {
  const { interactions, render } = deps;
  const base = ({ uid }: Interaction) => `/interaction/${uid}`;

  function ceremony(interaction: Interaction) {
    const page = `${base(interaction)}/passkey`;
    return { action: page, options: `${page}/options`, page };
  }

  function common(interaction: Interaction, problem: PasskeyProblem) {
    const { action, options } = ceremony(interaction);
    return {
      app: interaction.app,
      options,
      form: { action },
      // After a refusal the person decides: a script that asks again by itself would ask for ever.
      atOnce: problem === undefined,
      ...(problem ? { problem } : {}),
      cancel: { action: `${base(interaction)}/cancel` },
    };
  }

  return {
    ceremony,

    showForAnybody(ctx, interaction, problem, status = 200) {
      const others = [{ label: 'Use your password', href: base(interaction) }];
      showPage(ctx, render, 'passkey', { ...common(interaction, problem), needed: false, others }, status);
    },

    async showFor(ctx, interaction, who, { problem, status = 200, chosen = false } = {}) {
      const { account, browser } = who;
      const needed = onlyPasskey(interaction, who.needs);
      const without = { make: deps.accountPage, leave: { action: `${base(interaction)}/unmet` } };
      if (needed) {
        // To an unknown browser a password alone does not tell whether there is a passkey (R59).
        const [{ known }, passkeys] = await Promise.all([
          deps.known.standing(account.sub, browser),
          deps.passkeys.list(account.sub),
        ]);
        const able = passkeys.some((one) => rank(acrOf(one)) >= interaction.required);
        if (!able && (known || who.proved)) {
          const hardware = passkeys.length > 0;
          const model = { app: interaction.app, account: account.userName, hardware, ...without };
          return showPage(ctx, render, 'passkey-missing', model, status);
        }
      }
      const device = await interactions.waitingDevice(interaction);
      const back = { label: 'Use your phone instead', href: base(interaction) };
      const send = { label: 'Send a request to my phone', post: { action: `${base(interaction)}/send` } };
      showPage(
        ctx,
        render,
        'passkey',
        {
          ...common(interaction, problem),
          ...(device ? { device, atOnce: false } : {}),
          account: account.userName,
          needed,
          others: needed ? [] : [chosen ? back : send],
          ...(needed ? { without } : {}),
        },
        status,
      );
    },

    async comesFirst({ account, browser }) {
      const { passkey } = await deps.known.standing(account.sub, browser);
      return passkey && (await deps.passkeys.list(account.sub)).length > 0;
    },
  };
}
