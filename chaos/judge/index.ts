/** The judge: what was lost, what was doubled, what differs, once everything is quiet. */
import type { Happened } from '../load/index.ts';
import { peerNames, type PeerName } from '../stage/peers.ts';
import type { Stage } from '../stage/stage.ts';
import { judgeBookings, type BookingVerdict } from './bookings.ts';
import { judgeClients } from './clients.ts';
import type { Finding } from './finding.ts';
import { judgeRecords, type RecordVerdict } from './records.ts';
import { judgeWebhooks, type WebhookVerdict } from './webhooks.ts';

export type { Finding } from './finding.ts';

/** Calls of Hermes to one peer. */
export interface CallCount {
  /** That reached it. */
  calls: number;
  /** That a fault hit there. */
  hit: number;
  /** Whose answer or silence Hermes noted as a failure; each was made again or given up with a reason. */
  failed: { failure: string; count: number }[];
}

export interface Verdict {
  webhooks: Omit<WebhookVerdict, 'findings'>;
  bookings: Omit<BookingVerdict, 'findings'>;
  records: Omit<RecordVerdict, 'findings'>;
  calls: Record<PeerName, CallCount>;
  /** Empty when nothing was lost, doubled or differs. */
  findings: Finding[];
}

const countCalls = async ({ db, peers }: Stage): Promise<Record<PeerName, CallCount>> => {
  const rows = (await db('api_call')
    .whereNotNull('failure')
    .groupBy('system', 'failure')
    .orderBy('failure')
    .select('system', 'failure')
    .count('* as count')) as { system: PeerName; failure: string; count: number }[];
  const countOf = (name: PeerName): CallCount => {
    const { requests } = peers.byName[name];
    return {
      calls: requests.count,
      hit: requests.entries.filter(({ fault }) => fault !== undefined).length,
      failed: rows.filter(({ system }) => system === name).map(({ failure, count }) => ({ failure, count })),
    };
  };
  const [pipedrive, tc2, google] = peerNames.map(countOf) as [CallCount, CallCount, CallCount];
  return { pipedrive, tc2, google };
};

/** Compares TutorCruncher, Hermes, Pipedrive and Google. @param happened what the load did */
export const judge = async (stage: Stage, happened: Happened): Promise<Verdict> => {
  const { findings: ofWebhooks, ...webhooks } = await judgeWebhooks(stage);
  const { findings: ofRecords, ...records } = await judgeRecords(stage, happened);
  const { findings: ofBookings, ...bookings } = await judgeBookings(stage, happened.visits);
  const ofClients = await judgeClients(stage);
  return {
    webhooks,
    bookings,
    records,
    calls: await countCalls(stage),
    findings: [...ofWebhooks, ...ofBookings, ...ofClients, ...ofRecords],
  };
};
