/** All three kinds of traffic at once: TutorCruncher, people in Pipedrive, visitors on the website. */
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../random.ts';
import type { Stage } from '../stage/stage.ts';
import { pipedriveLoad, type PeopleWork } from './pipedrive.ts';
import { tutorCruncherLoad } from './tutorcruncher.ts';
import { createVisitors, type Visit } from './visitors.ts';

export interface LoadOptions {
  seed: number;
  seconds: number;
  /** Things that happen per second, all three together. */
  perSecond: number;
  /** What happened on the same stage before. */
  earlier?: Happened;
}

/** What happened. */
export interface Happened {
  /** How often, by name. */
  counts: ReadonlyMap<string, number>;
  visits: readonly Visit[];
  /** What people did in Pipedrive. */
  people: PeopleWork;
}

/** Shares of the three in all that happens. */
const shares = { tutorCruncher: 0.6, pipedrive: 0.25, visitors: 0.15 };

/** Lets things happen for a while; resolves when the last visitor has left. */
export const load = async (stage: Stage, options: LoadOptions): Promise<Happened> => {
  const { seed, seconds, perSecond, earlier } = options;
  const { db, peers, apiUrl } = stage;
  const end = performance.now() + seconds * 1000;
  const counts = new Map<string, number>();
  const people: PeopleWork = { typed: new Map(earlier?.people.typed), added: new Set(earlier?.people.added) };
  // A stream of chance for each, so that none of them depends on the pace of the others.
  const inTutorCruncher = tutorCruncherLoad(peers.tc2, seededRandom(seed + 1), seed);
  const inPipedrive = pipedriveLoad(peers.pipedrive, seededRandom(seed + 2), people);
  const visitors = createVisitors(apiUrl, db, seededRandom(seed + 3), seed);

  const repeat = async (share: number, offset: number, happen: () => string): Promise<void> => {
    const random = seededRandom(seed + offset);
    while (performance.now() < end) {
      const name = happen();
      counts.set(name, (counts.get(name) ?? 0) + 1);
      await pause((1000 / (perSecond * share)) * (0.5 + random.next()));
    }
  };
  await Promise.all([
    repeat(shares.tutorCruncher, 4, inTutorCruncher),
    repeat(shares.pipedrive, 5, inPipedrive),
    repeat(shares.visitors, 6, () => {
      visitors.come();
      return 'visitor came';
    }),
  ]);
  await visitors.gone();
  return { counts, visits: [...(earlier?.visits ?? []), ...visitors.visits], people };
};
