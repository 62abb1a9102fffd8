import { DEVICE_CODE_GRANT } from '../clients/shape.ts';
import { isLoopbackHost } from '../options/addresses.ts';
import { durationMs } from '../options/duration.ts';
import type { RuleBroken } from '../options/findings.ts';
import { OTHERWISE } from '../risk/policy.ts';
import type { DeclaredClient, DeclaredConfig } from './schema.ts';

/** The sections that are right by themselves; the others are absent, and rules that need them are silent. */
export type RightSections = {
  readonly [Name in Exclude<keyof DeclaredConfig, 'clients'>]?: DeclaredConfig[Name];
} & {
  /** Clients that are right by themselves, by their place in the list. */
  readonly clients?: ReadonlyMap<number, DeclaredClient>;
};

type Broken = Generator<RuleBroken>;

function* listenerRules({ issuer, http, push }: RightSections): Broken {
  if (!issuer) return;
  const https = issuer.startsWith('https:');
  if (http && https && !http.tls && http.trustedProxies.length === 0) {
    yield {
      path: ['http', 'trustedProxies'],
      wanted:
        'the address of the TLS proxy in front, or http.tls, because the issuer is https and this listener is plain',
      sentence: 'Without it every request looks like plain http and no Secure cookie can be set.',
    };
  }
  if (http?.tls && !https) {
    yield {
      path: ['issuer'],
      wanted: 'an https:// address, because http.tls is set',
      sentence: 'Apps compare the issuer to the letter.',
    };
  }
  if (push?.allowPrivate && !isLoopbackHost(new URL(issuer).hostname)) {
    yield {
      path: ['push', 'allowPrivate'],
      wanted: 'false, because the issuer is not on loopback',
      sentence: 'A device could otherwise make the server call hosts of the inner network.',
    };
  }
}

function* passkeyRules({ passkeys }: RightSections): Broken {
  if (!passkeys) return;
  if (passkeys.attestation === 'required' && passkeys.roots.length === 0) {
    yield {
      path: ['passkeys', 'roots'],
      wanted: 'at least one file, because passkeys.attestation is required',
      sentence: 'Nobody could make a passkey.',
    };
  }
  if (passkeys.attestation === 'none' && passkeys.roots.length > 0) {
    yield {
      path: ['passkeys', 'attestation'],
      wanted: 'preferred or required, because passkeys.roots names files',
      sentence: 'No authenticator would be asked for the proof they verify.',
    };
  }
}

function* timeRules({ challenge, session, keys }: RightSections): Broken {
  if (challenge && challenge.resendAfter >= challenge.life) {
    yield {
      path: ['challenge', 'resendAfter'],
      wanted: 'less than challenge.life',
      sentence: 'Afterwards there is nothing to send again.',
    };
  }
  if (session && session.idle > session.life) {
    yield {
      path: ['session', 'idle'],
      wanted: 'at most session.life',
      sentence: 'A session that ended cannot be idle.',
    };
  }
  if (session && session.passwordProof > session.interaction) {
    yield {
      path: ['session', 'passwordProof'],
      wanted: 'at most session.interaction',
      sentence: 'The proof is kept in the interaction.',
    };
  }
  if (keys && keys.publishAhead >= keys.rotateEvery) {
    yield {
      path: ['keys', 'publishAhead'],
      wanted: 'less than keys.rotateEvery',
      sentence: 'A key is published before it signs.',
    };
  }
}

/** Least passes for an amount of memory: OWASP's equivalent settings of argon2id. */
const OWASP_ARGON2 = [
  { memoryKiB: 47_104, iterations: 1 },
  { memoryKiB: 19_456, iterations: 2 },
  { memoryKiB: 12_288, iterations: 3 },
  { memoryKiB: 9_216, iterations: 4 },
  { memoryKiB: 7_168, iterations: 5 },
] as const;

function* policyRules({ policy }: RightSections): Broken {
  if (!policy) return;
  const seen = new Set<string>([OTHERWISE]);
  let always: string | undefined;
  for (const [n, { name, when, proof }] of policy.rules.entries()) {
    const at = ['policy', 'rules', n] as const;
    if (seen.has(name)) {
      yield {
        path: [...at, 'name'],
        wanted: `a name that no other rule has, and not "${OTHERWISE}", which stands for none of them`,
        sentence: 'Log and reports name the rule that decided.',
      };
    }
    seen.add(name);
    if (always !== undefined) {
      yield {
        path: [...at],
        wanted: `a place before the rule '${always}', which always holds`,
        sentence: 'The first rule that holds decides, so this one never would.',
      };
    }
    if (Object.values(when).every((member) => Array.isArray(member) && member.length === 0)) always = name;
    const weak = proof === 'none' || proof === 'push-short';
    if (weak && policy.profile === 'nist') {
      yield {
        path: [...at, 'proof'],
        wanted: 'push or more, because policy.profile is nist',
        sentence: 'NIST SP 800-63B asks for six digits and for possession proved at each sign-in.',
      };
    } else if (proof === 'none' && when.remembered !== true) {
      yield {
        path: [...at, 'proof'],
        wanted: 'push-short or more, or when: { remembered: true }',
        sentence: 'Only a remembered browser stands for possession.',
      };
    } else if (proof === 'push-short' && when.known !== true && when.remembered !== true) {
      yield {
        path: [...at, 'proof'],
        wanted: 'push or more, or when: { known: true }',
        sentence: 'A short number is for browsers this person signed in with before.',
      };
    }
  }
}

function* strengthRules({ policy, challenge, session, password, keys }: RightSections): Broken {
  if (policy?.profile === 'nist' && challenge && challenge.knownBrowserDigits < 6) {
    yield {
      path: ['challenge', 'knownBrowserDigits'],
      wanted: '6 or more, because policy.profile is nist',
      sentence: 'NIST SP 800-63B asks for six digits on every browser.',
    };
  }
  if (policy?.profile === 'nist' && session && session.idle > durationMs('1h')) {
    yield {
      path: ['session', 'idle'],
      wanted: 'at most 1h, because policy.profile is nist',
      sentence: 'NIST SP 800-63B asks for proof again after an hour without activity.',
    };
  }
  if (policy?.profile === 'nist' && session?.rememberBrowser !== undefined) {
    yield {
      path: ['session', 'rememberBrowser'],
      wanted: 'none, because policy.profile is nist',
      sentence: 'A cookie is no authenticator of NIST SP 800-63B: the password alone would be left.',
    };
  }
  if (password) {
    const { memoryKiB, iterations } = password.argon2;
    const least = OWASP_ARGON2.find((row) => memoryKiB >= row.memoryKiB)?.iterations ?? 5;
    if (iterations < least) {
      yield {
        path: ['password', 'argon2', 'iterations'],
        wanted: `at least ${least} with ${memoryKiB} KiB, or more memory`,
        sentence: 'Cheaper hashes fall below the settings OWASP recommends.',
      };
    }
  }
  if (keys && !keys.algorithms.includes('RS256')) {
    yield {
      path: ['keys', 'algorithms'],
      wanted: 'RS256 among them',
      sentence: 'OpenID Connect promises it to every app that asks for nothing else.',
    };
  }
}

function* mailRules({ mail }: RightSections): Broken {
  if (!mail) return;
  const { user, password, passwordFile, security, host } = mail;
  const given = password !== undefined || passwordFile !== undefined;
  if (password !== undefined && passwordFile !== undefined) {
    yield {
      path: ['mail', 'passwordFile'],
      wanted: 'mail.password or mail.passwordFile, not both',
      sentence: 'A secret comes from one place.',
    };
  }
  if ((user !== undefined) !== given) {
    yield {
      path: ['mail', user === undefined ? 'user' : 'password'],
      wanted: 'mail.user and its password, or neither',
      sentence: 'The server is told both or nothing.',
    };
  }
  if (security === 'none' && given && !isLoopbackHost(host)) {
    yield {
      path: ['mail', 'security'],
      wanted: 'starttls or tls, because mail.user has a password',
      sentence: 'It would cross the network in the clear.',
    };
  }
}

const STANDARD_SCOPES = ['openid', 'offline_access', 'profile', 'email', 'phone', 'address'];

function* resourceRules({ resources }: RightSections): Broken {
  const seen = new Set<string>();
  for (const [n, { indicator, scopes }] of (resources ?? []).entries()) {
    if (seen.has(indicator)) {
      yield {
        path: ['resources', n, 'indicator'],
        wanted: 'an indicator that no other resource has',
        sentence: 'A request names a resource by it.',
      };
    }
    seen.add(indicator);
    for (const [m, scope] of scopes.entries()) {
      if (STANDARD_SCOPES.includes(scope)) {
        yield {
          path: ['resources', n, 'scopes', m],
          wanted: `a scope other than ${STANDARD_SCOPES.join(', ')}`,
          sentence: 'Those have a meaning in OpenID Connect.',
        };
      }
    }
  }
}

function* clientListRules({ clients, resources, features, keys }: RightSections): Broken {
  const seen = new Set<string>();
  const scopes =
    resources && new Set([...STANDARD_SCOPES, ...resources.flatMap((resource) => resource.scopes)]);
  for (const [n, client] of clients ?? []) {
    const at = ['clients', n] as const;
    if (seen.has(client.clientId)) {
      yield {
        path: [...at, 'clientId'],
        wanted: 'an identifier that no other client has',
        sentence: 'Requests name their client by it.',
      };
    }
    seen.add(client.clientId);
    for (const [m, scope] of client.scopes.entries()) {
      if (scopes && !scopes.has(scope)) {
        yield {
          path: [...at, 'scopes', m],
          wanted: `one of ${[...scopes].join(', ')}`,
          sentence: 'Scopes of your own belong to a resource: declare them under resources.',
        };
      }
    }
    for (const [m, grant] of client.grantTypes.entries()) {
      const feature = grant === DEVICE_CODE_GRANT ? 'deviceFlow' : undefined;
      if (features && feature && !features[feature]) {
        yield {
          path: [...at, 'grantTypes', m],
          wanted: `a grant that is on; features.${feature} is false`,
          sentence: 'The app could never use it.',
        };
      }
    }
    if (keys && !keys.algorithms.includes(client.idTokenSignedResponseAlg)) {
      yield {
        path: [...at, 'idTokenSignedResponseAlg'],
        wanted: `one of keys.algorithms: ${keys.algorithms.join(', ')}`,
        sentence: 'There is no key for another one.',
      };
    }
  }
}

/** What is wrong between options of different places; options that are wrong by themselves are left out of it. */
export function configRules(sections: RightSections): RuleBroken[] {
  return [
    ...listenerRules(sections),
    ...passkeyRules(sections),
    ...timeRules(sections),
    ...policyRules(sections),
    ...strengthRules(sections),
    ...mailRules(sections),
    ...resourceRules(sections),
    ...clientListRules(sections),
  ];
}
