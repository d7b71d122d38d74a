/** Visitors who book calls on the website, and try again when they are told to. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../../db/connection.ts';
import type { Random } from '../random.ts';

/** What one visitor was told, try by try; null where the answer was lost. */
export interface Visit {
  email: string;
  adminId: number;
  start: Date;
  answers: ({ status: number; message: string } | null)[];
}

export const sellers = [1, 3, 4, 5];
const supporter = 2;

/** Tries of one visitor, and the time between them. */
const mostTries = 6;
export const patienceMs = 2000;

/** Answers after which it makes sense to try again: nobody there, or a calendar that failed. */
const isPassing = (answer: Visit['answers'][number]): boolean =>
  answer === null || answer.status >= 500 || /calendar event/.test(answer.message);

/** @returns null where the answer was lost */
export const post = async (url: string, body: unknown): Promise<Visit['answers'][number]> => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    const { message = '' } = (await response.json()) as { message?: string };
    return { status: response.status, message };
  } catch {
    return null;
  }
};

const firstDays = 7;
const days = 60;

/** A moment in office hours some weeks ahead; now and then two visitors want the same one. */
const momentOf = (random: Random): Date => {
  const day = new Date(Date.now() + (firstDays + random.between(0, days)) * 86_400_000);
  day.setUTCHours(random.between(10, 15), random.pick([0, 30]), 0, 0);
  return day;
};

const companyAtRandom = async (db: Database, random: Random): Promise<number | null> => {
  try {
    const ids = await db('company')
      .where({ is_deleted: false, narc: false })
      .limit(200)
      .pluck<number[]>('id');
    return ids.length === 0 ? null : random.pick(ids);
  } catch {
    // The database may be away just now.
    return null;
  }
};

/**
 * Lets visitors come.
 *
 * @param tag tells them from the visitors of another run
 * @returns `come`, by which one begins to book and goes on by itself; `visits`; `gone`, which resolves when the last one left
 */
export const createVisitors = (apiUrl: string, db: Database, random: Random, tag: number) => {
  const visits: Visit[] = [];
  const present = new Set<Promise<void>>();
  let came = 0;

  const visit = async (number: number): Promise<void> => {
    const kind = random.pick(['new', 'known', 'support'] as const);
    const companyId = kind === 'new' ? null : await companyAtRandom(db, random);
    const isSupport = kind === 'support' && companyId !== null;
    const one: Visit = {
      email: `visitor-${tag}-${number}@chaos.example`,
      adminId: isSupport ? supporter : random.pick(sellers),
      start: momentOf(random),
      answers: [],
    };
    visits.push(one);
    const body = {
      admin_id: one.adminId,
      name: `Visitor Number${number}`,
      email: one.email,
      meeting_dt: one.start.toISOString(),
      ...(companyId === null ? {} : { company_id: companyId }),
      ...(isSupport
        ? {}
        : {
            company_name: `Visited ${tag} ${number}`,
            country: 'GB',
            estimated_income: 1000,
            currency: 'GBP',
            price_plan: 'payg',
          }),
    };
    const url = `${apiUrl}/callbooker/${isSupport ? 'support' : 'sales'}/book/`;
    // Some click twice.
    const clicks = random.next() < 0.2 ? 2 : 1;
    for (let tries = 0; tries < mostTries; tries += 1) {
      const answers = await Promise.all(Array.from({ length: clicks }, () => post(url, body)));
      one.answers.push(...answers);
      if (!answers.every(isPassing)) return;
      await pause(patienceMs);
    }
  };

  return {
    visits: visits as readonly Visit[],
    come: (): void => {
      came += 1;
      const work = visit(came).finally(() => present.delete(work));
      present.add(work);
    },
    gone: async (): Promise<void> => {
      await Promise.all(present);
    },
  };
};
