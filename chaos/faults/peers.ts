/** The peers let Hermes down: the same ways for Pipedrive, TutorCruncher and Google. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../../sandbox/common/faults.ts';
import type { Random } from '../random.ts';
import { peerNames, type PeerName } from '../stage/peers.ts';
import type { ChaosFault } from './fault.ts';

const titles: Record<PeerName, string> = { pipedrive: 'Pipedrive', tc2: 'TutorCruncher', google: 'Google' };

interface Way {
  name: string;
  about: string;
  faults: (random: Random) => Fault[];
  /** Lasts for some seconds; else it hits a few requests. */
  lasting?: boolean;
}

const few = (random: Random): number => random.between(1, 4);
const lasting = { times: Infinity };

const ways: readonly Way[] = [
  {
    name: '503',
    about: 'answers 503',
    lasting: true,
    faults: () => [{ kind: 'status', status: 503, ...lasting }],
  },
  {
    name: 'html-502',
    about: 'is hidden behind a proxy’s HTML page, partly after the commit',
    lasting: true,
    faults: () => [
      { kind: 'html', status: 502, after: true, probability: 0.3, ...lasting },
      { kind: 'html', status: 502, ...lasting },
    ],
  },
  {
    name: 'html-403',
    about: 'answers 403 in HTML, as a gateway that blocks',
    lasting: true,
    faults: () => [{ kind: 'html', status: 403, ...lasting }],
  },
  {
    name: '401',
    about: 'refuses the key',
    lasting: true,
    faults: () => [{ kind: 'status', status: 401, ...lasting }],
  },
  {
    name: '429',
    about: 'answers 429',
    faults: (random) => [{ kind: 'status', status: 429, times: 2 * few(random) }],
  },
  {
    name: '429-retry-after',
    about: 'answers 429 with Retry-After',
    faults: (random) => [
      {
        kind: 'status',
        status: 429,
        times: 2 * few(random),
        headers: { 'retry-after': String(few(random)) },
      },
    ],
  },
  {
    name: 'slow-bodies',
    about: 'sends half of a body, and the rest much later',
    faults: (random) => [{ kind: 'slowBody', delayMs: random.between(500, 12_000), times: few(random) }],
  },
  {
    name: 'cut-before',
    about: 'cuts connections before the commit',
    faults: (random) => [{ kind: 'dropBefore', times: few(random) }],
  },
  {
    name: 'cut-after',
    about: 'commits, then cuts the connection',
    faults: (random) => [{ kind: 'dropAfter', times: few(random) }],
  },
  {
    name: 'writes-cut-after',
    about: 'commits writes, then cuts the connection',
    faults: (random) => [
      { kind: 'dropAfter', method: 'POST', times: few(random) },
      { kind: 'dropAfter', method: 'PATCH', times: few(random) },
      { kind: 'dropAfter', method: 'DELETE', times: 1 },
    ],
  },
  {
    name: 'empty-bodies',
    about: 'commits and answers with an empty body',
    faults: (random) => [{ kind: 'emptyBody', times: few(random) }],
  },
  {
    name: 'garbage',
    about: 'commits and answers with another shape than its schema',
    faults: (random) => [{ kind: 'garbage', times: few(random) }],
  },
];

const fault = (peer: PeerName, way: Way): ChaosFault => ({
  name: `${peer}-${way.name}`,
  about: `${titles[peer]} ${way.about}`,
  targets: [peer],
  longest: 5,
  inflict: async ({ peers }, random) => {
    const { faults } = peers.byName[peer];
    const ids = way.faults(random).map((one) => faults.add(one));
    await pause(random.between(500, 4000));
    if (way.lasting === true) for (const id of ids) faults.remove(id);
  },
});

const away = (peer: PeerName): ChaosFault => ({
  name: `${peer}-away`,
  about: `${titles[peer]} refuses connections`,
  targets: [peer],
  longest: 6,
  inflict: async ({ peers }, random) => {
    await peers.byName[peer].away();
    await pause(random.between(500, 5000));
    await peers.byName[peer].back();
  },
});

export const peerFaults: readonly ChaosFault[] = peerNames.flatMap((peer) => [
  away(peer),
  ...ways.map((way) => fault(peer, way)),
]);
