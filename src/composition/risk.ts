import { openElsewhere, readOpen } from '../approval/open-challenges.ts';
import { createRisk, type Risk } from '../risk/assess.ts';
import type { Place } from '../risk/place.ts';
import type { Services } from '../services.ts';
import { approvalOptions, passkeyRequired, riskPolicy } from '../settings.ts';
import { keys } from '../store/keys.ts';

/** What a sign-in has to show. */
export function composeRisk(services: Services, placeOf: (address: string) => Place): Risk {
  const { config, store, audit, devices } = services;
  const { wrongRule, spray } = approvalOptions(config);
  return createRisk({
    store,
    audit,
    placeOf,
    devices,
    policy: riskPolicy(config),
    passkeyRequired: passkeyRequired(config),
    openElsewhere: (record, browser, now) => openElsewhere(readOpen(record), browser, now),
    spray: { key: (network) => keys.limit(spray.network.name, network), windowMs: spray.network.windowMs },
    wrongNumbers: { key: (account) => keys.limit(wrongRule.name, account), windowMs: wrongRule.windowMs },
  });
}
