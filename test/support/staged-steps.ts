import { DeviceApiError } from '../../src/protocol/device-api-error.ts';
import { TestBrowser, type TestPage } from './test-browser.ts';
import { codeOf, forgetConsent, stopBeforeResume } from './walk-steps.ts';
import type { World } from './walk-world.ts';

/** Sign-ins that have each come to another step, so that one fault meets them all. */
export interface StagedStep {
  readonly name: StepName;
  /** Whose step it is; nobody's for the app's and the device's. */
  readonly browser: TestBrowser | undefined;
  /** Takes the step; any number of times. */
  run(): Promise<Taken>;
}

export type StepName =
  | 'authorize'
  | 'password'
  | 'waiting page'
  | 'poll'
  | 'answer'
  | 'continue'
  | 'consent'
  | 'resume'
  | 'token';

/** What came of a step. */
export interface Taken {
  readonly step: StepName;
  readonly status: number;
  /** A code or token that the answer holds. */
  readonly got: string | undefined;
  /** Whether the browser was given a session it did not have. */
  readonly session: boolean;
  readonly text: string;
}

/** Only reads: served also by a store that takes no writes. */
export const READING: readonly StepName[] = ['waiting page', 'poll'];

/** Before the approval counts: whoever stands here is not signed in, whatever happens. */
export const BEFORE_APPROVAL: readonly StepName[] = [
  'authorize',
  'password',
  'waiting page',
  'poll',
  'answer',
];

/** Alice, in a browser of its own for every step. */
export async function stageSteps(world: World, newBrowser = () => new TestBrowser()): Promise<StagedStep[]> {
  const steps: StagedStep[] = [];
  const add = (name: StepName, browser: TestBrowser | undefined, take: () => Promise<TestPage>) => {
    steps.push({
      name,
      browser,
      run: async () => {
        const before = browser?.cookie('session');
        const page = await take();
        const after = browser?.cookie('session');
        return {
          step: name,
          status: page.status,
          got: codeOf(page),
          session: after !== undefined && after !== before,
          text: page.text,
        };
      },
    });
  };
  const device = world.person('alice').device!;
  await world.forgetOpen();
  await forgetConsent(world, 'app');

  /** A browser of its own at its own number. */
  const waiting = async () => {
    await world.forgetOpen();
    const browser = newBrowser();
    const request = world.authorize();
    const { page } = await world.walk(browser, request, { until: 'push' });
    return { browser, request, page };
  };
  const approved = async () => {
    const at = await waiting();
    await device.approve(world.number(at.page));
    return at;
  };
  const atConsent = async () => {
    const at = await approved();
    return { ...at, page: await world.post(at.browser, at.page, 'continue') };
  };

  const first = newBrowser();
  const { url } = world.authorize();
  add('authorize', first, () => first.request(url));

  const second = newBrowser();
  const login = await world.open(second, world.authorize().url);
  const fields = { username: 'alice', password: world.person('alice').password };
  add('password', second, () => second.submit(login, 'login-form', fields));

  const third = await waiting();
  add('waiting page', third.browser, () => third.browser.request(third.page.url));

  const fourth = await waiting();
  const poll = /data-poll="([^"]+)"/.exec(fourth.page.text)![1]!.replaceAll('&amp;', '&');
  add('poll', fourth.browser, () => fourth.browser.request(`${world.issuer}${poll}&v=another`));

  const fifth = await waiting();
  const challenge = await device.newest();
  const number = world.number(fifth.page);
  steps.push({
    name: 'answer',
    browser: fifth.browser,
    run: () =>
      device.client.answer(challenge, 'approve', { number }).then(
        ({ state }) => ({ step: 'answer', status: 200, got: undefined, session: false, text: state }),
        (error) => {
          if (!(error instanceof DeviceApiError)) throw error;
          const { status, code } = error;
          return { step: 'answer', status, got: undefined, session: false, text: code };
        },
      ),
  });

  const sixth = await approved();
  const form = sixth.page.forms.find(({ action }) => action.endsWith('/continue'));
  const action = form?.action ?? `${sixth.page.url}/continue`;
  add('continue', sixth.browser, () => sixth.browser.request(action, { form: { ...form?.fields } }));

  const seventh = await atConsent();
  const consent = seventh.page.forms.find(({ id }) => id === 'consent-form')!;
  add('consent', seventh.browser, () =>
    seventh.browser.request(consent.action, { form: { ...consent.fields } }),
  );

  const eighth = await atConsent();
  const resume = await stopBeforeResume(eighth.browser, eighth.page, 'consent');
  await forgetConsent(world, 'app');
  add('resume', eighth.browser, () => eighth.browser.request(resume));

  const ninth = await atConsent();
  const { code } = await world.walk(ninth.browser, ninth.page);
  await forgetConsent(world, 'app');
  steps.push({
    name: 'token',
    browser: undefined,
    run: async () => {
      const { status, access_token, error } = await world.redeem(ninth.request, code!);
      return { step: 'token', status, got: access_token, session: false, text: error ?? '' };
    },
  });
  return steps;
}
