/** The senders of webhooks: events double, come late, overtake each other, come again, and bear wrong times. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { pythonTime, webhookBody } from '../../sandbox/tc2/events.ts';
import type { Random } from '../random.ts';
import type { Stage } from '../stage/stage.ts';
import type { ChaosFault } from './fault.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const aWhile = (random: Random): Promise<void> => pause(random.between(1000, 6000));

const some = <T>(random: Random, items: readonly T[]): T[] =>
  items.length === 0 ? [] : Array.from({ length: random.between(3, 10) }, () => random.pick(items));

interface SentEvents {
  events: { timestamp: string }[];
}

/** What TutorCruncher said earlier in the run, as if it had said it yesterday and nobody had heard. */
const sayYesterday = ({ peers: { tc2, pipedrive } }: Stage, random: Random): void => {
  for (const { body } of some(random, tc2.deliveries)) {
    const { events } = JSON.parse(body.toString()) as SentEvents;
    const old = events.map((event) => ({
      ...event,
      timestamp: pythonTime(new Date(Date.parse(event.timestamp) - dayMs)),
    }));
    void tc2.sendBody(webhookBody(old, Math.floor((Date.now() - dayMs) / 1000)));
  }
  const { delivery } = pipedrive.webhooks;
  for (const { payload, webhookId } of some(random, delivery.deliveries)) {
    const timestamp = new Date(Date.parse(String(payload.meta['timestamp'])) - dayMs).toISOString();
    delivery.send({ ...payload, meta: { ...payload.meta, id: randomUUID(), timestamp } }, webhookId);
  }
};

/** The same bytes, the same ids. */
const sayAgain = ({ peers: { tc2, pipedrive } }: Stage, random: Random): void => {
  for (const { body } of some(random, tc2.deliveries)) void tc2.sendBody(body);
  const { delivery } = pipedrive.webhooks;
  for (const { id } of some(random, delivery.deliveries)) delivery.resend(id);
};

export const webhookFaults: readonly ChaosFault[] = [
  {
    name: 'webhooks-doubled',
    about: 'every webhook comes three times',
    targets: ['webhooks'],
    longest: 7,
    inflict: async ({ peers: { tc2, pipedrive } }, random) => {
      tc2.settings.copies = 3;
      pipedrive.settings.webhooks.duplicates = 2;
      await aWhile(random);
      tc2.settings.copies = 1;
      pipedrive.settings.webhooks.duplicates = 0;
    },
  },
  {
    name: 'webhooks-delayed',
    about: 'webhooks come seconds late',
    targets: ['webhooks'],
    longest: 7,
    inflict: async ({ peers: { tc2, pipedrive } }, random) => {
      tc2.settings.longestDelay = 6;
      pipedrive.settings.webhooks.delayMs = random.between(500, 4000);
      await aWhile(random);
      tc2.settings.longestDelay = 0;
      pipedrive.settings.webhooks.delayMs = 0;
    },
  },
  {
    name: 'webhooks-reordered',
    about: 'webhooks come in another order, the last one first',
    targets: ['webhooks'],
    longest: 7,
    inflict: async ({ peers: { tc2, pipedrive } }, random) => {
      tc2.settings.longestDelay = 3;
      pipedrive.webhooks.delivery.hold();
      await aWhile(random);
      pipedrive.webhooks.delivery.release({ order: 'reverse', copies: random.between(1, 2) });
      tc2.settings.longestDelay = 0;
    },
  },
  {
    name: 'webhooks-replayed',
    about: 'webhooks from earlier in the run are sent again',
    targets: ['webhooks'],
    longest: 1,
    inflict: (stage, random) => Promise.resolve(sayAgain(stage, random)),
  },
  {
    name: 'webhooks-from-yesterday',
    about: 'what held earlier is said with the time of yesterday, and reaches Hermes only now',
    targets: ['webhooks'],
    longest: 1,
    inflict: (stage, random) => Promise.resolve(sayYesterday(stage, random)),
  },
  {
    name: 'tc2-clock-off',
    about: 'TutorCruncher’s clock is hours before or behind',
    targets: ['webhooks'],
    longest: 7,
    inflict: async ({ peers: { tc2 } }, random) => {
      tc2.settings.clockOffsetMs = random.pick([-5, -3, -1, 1, 3, 5]) * hourMs;
      await aWhile(random);
      tc2.settings.clockOffsetMs = 0;
    },
  },
  {
    name: 'pipedrive-clock-off',
    about: 'the clock of Pipedrive’s webhooks is hours before or behind',
    targets: ['webhooks'],
    longest: 7,
    inflict: async ({ peers: { pipedrive } }, random) => {
      pipedrive.settings.webhooks.clockOffsetMs = random.pick([-5, -3, -1, 1, 3, 5]) * hourMs;
      await aWhile(random);
      pipedrive.settings.webhooks.clockOffsetMs = 0;
    },
  },
];
