/** The visitor who comes when everything works again: with somebody a call can be booked then. */
import { setTimeout as pause } from 'node:timers/promises';
import { patienceMs, post, sellers, type Visit } from './visitors.ts';

/** Later than any other visitor wants; day and hour differ from run to run. */
const daysAhead = 75;
const days = 97;
const hours = 6;

/**
 * Asks one seller after the other, because a calendar that failed is left alone for some minutes.
 *
 * @param tag tells the visitor from those of another run
 * @returns with 200 as the last answer, unless the time was over before
 */
export const lastVisitor = async (apiUrl: string, tag: number, withinMs: number): Promise<Visit> => {
  const deadline = performance.now() + withinMs;
  const start = new Date(Date.now() + (daysAhead + (Math.floor(tag / hours) % days)) * 86_400_000);
  start.setUTCHours(10 + (tag % hours), 0, 0, 0);
  const email = `last-visitor-${tag}@chaos.example`;
  const answers: Visit['answers'] = [];
  for (let tries = 0; ; tries += 1) {
    const adminId = sellers[tries % sellers.length] as number;
    const answer = await post(`${apiUrl}/callbooker/sales/book/`, {
      admin_id: adminId,
      name: 'Visitor Last',
      email,
      meeting_dt: start.toISOString(),
      company_name: `Visited ${tag} last`,
      country: 'GB',
      estimated_income: 1000,
      currency: 'GBP',
      price_plan: 'payg',
    });
    answers.push(answer);
    if (answer?.status === 200 || performance.now() > deadline) return { email, adminId, start, answers };
    await pause(patienceMs);
  }
};
