import { z } from 'zod';
import { duration, flag, integer } from '../../options/kinds.ts';
import { records, required, section, standard } from '../../options/option.ts';

const allowance = (sentence: string, max: number, window: string, most = 100_000) =>
  section(sentence, {
    max: standard(integer(1, most), max, 'How many.'),
    window: standard(duration('1s', '30d'), window, 'In how long, counted back from now.'),
  });

const allowances = records(
  z.strictObject({
    max: required(integer(1, 1_000), 'How many.'),
    window: required(duration('1s', '30d'), 'In how long, counted back from now.'),
  }),
  [
    { max: 3, window: '10min' },
    { max: 10, window: '24h' },
  ],
  'Pushes an account gets from browsers it does not know without a successful sign-in; every line holds.',
);

export const limits = section('How often something may be tried before it has to wait.', {
  password: section('Wrong passwords.', {
    perAccount: allowance('For one account.', 10, '10min'),
    perAddress: allowance('From one address.', 60, '10min'),
    knownBrowser: allowance('For one account from a browser it knows, counted apart.', 10, '10min'),
  }),
  push: section('Requests sent to devices.', {
    perAccount: allowances,
    knownBrowser: allowance('For one account from a browser it knows, counted apart.', 10, '10min'),
    pauseAfterSecure: standard(
      duration('10min', '30d'),
      '24h',
      'Time in which no browser reaches a device of an account after "Secure my account" on one.',
    ),
    accountsPerAddress: allowance(
      'Accounts, of which none got in, that one address asks for in browsers they do not know; for more no phone rings.',
      20,
      '1h',
    ),
    accountsPerNetwork: allowance('The same for a whole network: IPv4 /24, IPv6 /64.', 60, '1h'),
  }),
  report: section('After "This wasn\'t me" on a device.', {
    block: standard(
      duration('10min', '30d'),
      '24h',
      'Time in which the browser, address and network that asked reach no device of that account.',
    ),
    signOut: standard(
      flag(),
      false,
      'Signs the account out everywhere as well; a report of a change or step-up always does. Wise where clients have the floor `pwd`.',
    ),
  }),
  wrongNumbers: section('Wrong numbers, across requests and browsers.', {
    perAccount: allowance('For one account; at most 100 by NIST SP 800-63B.', 10, '1h', 100),
  }),
  recovery: section('Codes typed on the page "I do not have my phone".', {
    perAccount: allowance('For one account.', 10, '10min'),
    perAddress: allowance('From one address.', 60, '10min'),
    knownBrowser: allowance('For one account from a browser it knows, counted apart.', 10, '10min'),
  }),
  offlineCode: section('Wrong codes of devices without network; after 100 in a row they are closed.', {
    perAccount: allowance('For one account.', 10, '1h', 100),
    knownBrowser: allowance('For one account from a browser it knows, counted apart.', 10, '1h', 100),
  }),
  longPoll: section('Requests that wait for an answer, counted in each process.', {
    perInteraction: standard(integer(1, 20), 2, 'For one sign-in.'),
    perAccount: standard(integer(1, 100), 6, 'For one account.'),
    perProcess: standard(integer(10, 1_000_000), 20_000, 'In one process.'),
    perAddress: standard(integer(1, 1_000_000), 200, 'From one address, for browsers that are not known.'),
    hold: standard(duration('1s', '55s'), '25s', 'Time a request waits before it is answered without news.'),
  }),
  front: section(
    'Requests that begin something, before anybody has proved anything; counted in each process.',
    {
      perAddress: allowance('From one address: of IPv6, from one /64.', 1200, '1min'),
    },
  ),
  deviceApi: section('Calls of devices; counted in each process.', {
    perAddress: allowance('From one address: of IPv6, from one /64.', 600, '1min'),
  }),
});
