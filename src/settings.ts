import type { Logger } from 'pino';
import type { Account } from './accounts/account.ts';
import { isPasskeyRequired, type PasskeyRequirement } from './accounts/passkey-requirement.ts';
import type { ApprovalOptions } from './approval/approval-dependencies.ts';
import type { ProviderOptions } from './authorize/provider.ts';
import type { RotationPlan } from './authorize/signing-keys.ts';
import type { Config } from './config/schema.ts';
import type { Organisation } from './http/page-models.ts';
import type { Rule } from './limits/throttle.ts';
import type { PasswordRules } from './password/check-password.ts';
import type { RecoveryRules } from './recovery/use-code.ts';
import { BUILT_IN_RULES } from './risk/built-in-rules.ts';
import type { PlacesOptions } from './risk/place.ts';
import type { RiskPolicy } from './risk/policy.ts';
import { ACR, type StandIn } from './session/ladder.ts';

/** The configuration, cut into what each module takes. */

interface Limit {
  readonly max: number;
  readonly window: number;
}

const rule = (name: string, { max, window }: Limit): Rule => ({ name, max, windowMs: window });

export function approvalOptions(config: Config): ApprovalOptions {
  const { challenge, limits, policy } = config;
  const nist = policy.profile === 'nist';
  return {
    lifeMs: challenge.life,
    digits: challenge.digits,
    knownDigits: nist ? challenge.digits : challenge.knownBrowserDigits,
    maxWrong: challenge.wrongNumbers,
    open: { unknown: 2, known: 1 },
    pushRules: {
      unknown: limits.push.perAccount.map((limit, i) => rule(`push-${i}`, limit)),
      known: [rule('push-known', limits.push.knownBrowser)],
    },
    wrongRule: rule('wrong-number', limits.wrongNumbers.perAccount),
    blockMs: limits.report.block,
    spray: {
      address: rule('spray-address', limits.push.accountsPerAddress),
      network: rule('spray-network', limits.push.accountsPerNetwork),
    },
  };
}

export function placesOptions(config: Config, logger: Pick<Logger, 'info' | 'error'>): PlacesOptions {
  const { reloadEvery, attribution: _said, ...files } = config.risk;
  return {
    ...files,
    reloadEveryMs: reloadEvery,
    onReloaded: (file) => logger.info({ file }, 'a file about addresses was read again'),
    onBroken: (file, err) =>
      logger.error({ file, err }, 'a file about addresses cannot be used: what it held before goes on'),
  };
}

export function riskPolicy({ policy }: Pick<Config, 'policy'>): RiskPolicy {
  const { profile, rules, signals } = policy;
  return { profile, rules: rules.length > 0 ? rules : BUILT_IN_RULES, signals };
}

export function passwordRules(config: Config): PasswordRules {
  const { perAccount, perAddress, knownBrowser } = config.limits.password;
  return {
    account: [rule('password', perAccount)],
    known: [rule('password-known', knownBrowser)],
    address: [rule('password-address', perAddress)],
  };
}

export function rotationPlan(config: Config): RotationPlan {
  const { algorithms, rotateEvery, publishAhead, keepVerifying } = config.keys;
  return {
    algorithms,
    rotateEveryMs: rotateEvery,
    publishAheadMs: publishAhead,
    keepVerifyingMs: keepVerifying,
  };
}

export function recoveryRules(config: Config): RecoveryRules {
  const { perAccount, perAddress, knownBrowser } = config.limits.recovery;
  return {
    account: [rule('recovery', perAccount)],
    known: [rule('recovery-known', knownBrowser)],
    address: [rule('recovery-address', perAddress)],
  };
}

/** Codes of devices without network; after 100 wrong ones in a row they are closed until made anew (R7). */
export function offlineCodeRules(config: Config): RecoveryRules {
  const { perAccount, knownBrowser } = config.limits.offlineCode;
  const inARow = (name: string): Rule => ({ name, max: 100, windowMs: null });
  return {
    account: [rule('offline-code', perAccount), inARow('offline-code-row')],
    known: [rule('offline-code-known', knownBrowser), inARow('offline-code-known-row')],
    address: [rule('offline-code-address', config.limits.recovery.perAddress)],
  };
}

/** Whether an admin's code may take the place of a device. */
export const bypassAllowed = (config: Config): boolean =>
  config.factors.bypass && config.policy.profile !== 'nist';

/** Rungs under `push` that may stand in for it where only a client's floor asks for it. */
export function standInsOf(config: Config): readonly StandIn[] {
  return [
    ...(bypassAllowed(config) ? [ACR.bypass] : []),
    ...(config.session.rememberBrowser === undefined ? [] : [ACR.remembered]),
    ...(config.factors.offlineCode ? [ACR.otp] : []),
  ];
}

export function passkeyRequirements(config: Config): readonly PasskeyRequirement[] {
  return config.policy.requirePasskey.map(({ groups, clients, from, announce }) => ({
    groups,
    clients,
    from: Date.parse(from),
    announceMs: announce,
  }));
}

/** Whether a passkey is required of a person at an app by now (epoch ms). */
export function passkeyRequired(config: Config) {
  const requirements = passkeyRequirements(config);
  return (person: Pick<Account, 'groups'>, clientId: string, now: number): boolean =>
    isPasskeyRequired(requirements, person, clientId, now);
}

/** oidc-provider counts in seconds. */
export function providerTtl(config: Config): ProviderOptions['ttl'] {
  const { session, tokens } = config;
  const seconds = (ms: number) => Math.floor(ms / 1000);
  return {
    session: seconds(session.life),
    idle: seconds(session.idle),
    interaction: seconds(session.interaction),
    passwordProof: seconds(session.passwordProof),
    accessToken: seconds(tokens.accessTokenTtl),
    jwtAccessToken: seconds(tokens.jwtAccessTokenTtl),
    idToken: seconds(tokens.idTokenTtl),
    authorizationCode: seconds(tokens.authorizationCodeTtl),
    deviceCode: seconds(tokens.deviceCodeTtl),
    pushedRequest: seconds(tokens.parTtl),
    refreshFamily: seconds(tokens.refreshFamily),
  };
}

export function organisationOf(config: Config): Organisation {
  const { name, privacyUrl, helpUrl, supportContact } = config.organisation;
  const { text, url } = config.risk.attribution;
  return {
    name,
    ...(privacyUrl === undefined ? {} : { privacyUrl }),
    ...(helpUrl === undefined ? {} : { helpUrl }),
    ...(supportContact === undefined ? {} : { contact: supportContact }),
    ...(text === undefined ? {} : { attribution: { text, ...(url === undefined ? {} : { url }) } }),
  };
}

/** RFC 8292 wants a way to reach us; a loopback issuer has none, and no push service to care. */
export function subjectOf(config: Config): string {
  if (config.push.subject !== undefined) return config.push.subject;
  return config.issuer.startsWith('https:') ? config.issuer : 'mailto:postmaster@localhost';
}
