/** After the faults: everything works again, the senders say what is left to say, and Hermes comes to rest. */
import { setTimeout as pause } from 'node:timers/promises';
import { calendarWatchSchedule } from '../worker/calendarWatch.ts';
import { limitConnections } from './faults/postgres.ts';
import type { Stage } from './stage/stage.ts';

/** Lifts every fault that may still hold, and brings every process back. */
export const liftFaults = async ({ peers, temporal, postgres, api, workers }: Stage): Promise<void> => {
  temporal.thaw();
  await Promise.all([temporal.start(), postgres.start()]);
  await limitConnections(postgres, -1);
  for (const peer of Object.values(peers.byName)) {
    peer.faults.clear();
    await peer.back();
  }
  peers.pipedrive.webhooks.delivery.release();
  for (const victim of [api, ...workers]) victim.start();
  await Promise.all([api, ...workers].map((victim) => victim.ready()));
};

/** Resolves when nothing is on its way to Hermes. TutorCruncher also sends its round of every client, as every three hours. */
const settleSenders = async ({ tc2, pipedrive }: Stage['peers']): Promise<void> => {
  await tc2.settled();
  tc2.resendAll();
  await tc2.settled();
  await pipedrive.webhooks.delivery.flush();
};

const openRuns = async ({ temporalClient }: Stage): Promise<number> => {
  const { count } = await temporalClient.workflow.count(`ExecutionStatus = 'Running'`);
  return count;
};

/** A booking whose API died before its run began has no run, and waits to be tidied away. */
const isQuiet = async (stage: Stage): Promise<boolean> => {
  const { db, peers } = stage;
  const waiting = await db('webhook')
    .whereNull('outcome')
    .whereNotNull('type')
    .whereNot({ source: 'callbooker' })
    .first('id');
  if (waiting !== undefined) return false;
  const behind = await db('company')
    .whereRaw(
      `(pipedrive_synced_version < wanted_version and pipedrive_failed_version is distinct from wanted_version)
       or (tc2_synced_version < wanted_version and tc2_failed_version is distinct from wanted_version)`,
    )
    .first('id');
  if (behind !== undefined || (await openRuns(stage)) > 0) return false;
  // What Hermes wrote last is echoed back.
  await peers.tc2.settled();
  await peers.pipedrive.webhooks.delivery.flush();
  return true;
};

const until = async (deadline: number, condition: () => Promise<boolean>): Promise<boolean> => {
  while (performance.now() < deadline) {
    if (await condition()) return true;
    await pause(300);
  }
  return false;
};

/** Twice in a row: an echo may begin something. */
const untilQuiet = (stage: Stage, deadline: number): Promise<boolean> =>
  until(deadline, async () => (await isQuiet(stage)) && isQuiet(stage));

/** Bookings that were never begun are closed once they are old enough: their clock is put forward. */
const tidyBookings = async ({ db, temporalClient }: Stage, deadline: number): Promise<boolean> => {
  const open = () => db('webhook').where({ source: 'callbooker' }).whereNull('outcome');
  await open().update({ received_at: db.raw(`received_at - interval '11 minutes'`) });
  const left = async (): Promise<boolean> => (await open().first('id')) === undefined;
  if (await left()) return true;
  await temporalClient.schedule.getHandle(calendarWatchSchedule).trigger();
  return until(deadline, left);
};

/**
 * Waits until Hermes is at rest.
 *
 * @param withinMs longest that it may take: the slow repetitions of what met an outage
 * @returns the seconds that it took; null when it did not come to rest in time
 */
export const comeToRest = async (stage: Stage, withinMs: number): Promise<number | null> => {
  const begin = performance.now();
  const deadline = begin + withinMs;
  await settleSenders(stage.peers);
  const quiet =
    (await untilQuiet(stage, deadline)) &&
    (await tidyBookings(stage, deadline)) &&
    (await untilQuiet(stage, deadline));
  return quiet ? (performance.now() - begin) / 1000 : null;
};
