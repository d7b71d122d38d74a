/** What the website's booking page does for a visitor. */
import { z } from 'zod';
import { exampleClient } from '../../sandbox/tc2/events.ts';
import { CommandError } from '../command.ts';
import type { Stage } from './scenarios.ts';

const dayMs = 86_400_000;

const slotsSchema = z.object({ slots: z.array(z.tuple([z.string(), z.string()])) });
const adminSchema = z.object({ id: z.number() });

/** Asks whose turn it is and when they are free, and books the first slot. */
export const bookCall = async ({ stack, tell }: Stage): Promise<void> => {
  const { api } = stack.addresses;
  const get = async (path: string, query: Record<string, string>): Promise<unknown> => {
    const answer = await fetch(`${api}${path}?${new URLSearchParams(query).toString()}`, {
      signal: AbortSignal.timeout(15_000),
    });
    if (!answer.ok) throw new CommandError(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const admin = adminSchema.parse(
    await get('/choose-roundrobin/sales/', { plan: 'payg', country_code: 'GB' }),
  );
  const { slots } = slotsSchema.parse(
    await get('/callbooker/availability/', {
      admin_id: String(admin.id),
      start_dt: new Date(Date.now() + dayMs).toISOString(),
      end_dt: new Date(Date.now() + 15 * dayMs).toISOString(),
    }),
  );
  const [first] = slots;
  if (first === undefined)
    throw new CommandError(`Admin ${admin.id} has no free slot in the next two weeks.`);
  const [start] = first;
  tell('Website', `admin ${admin.id} is next, with ${slots.length} free slots; the visitor takes ${start}`);
  const { user, meta_agency: agency } = exampleClient;
  const begin = performance.now();
  const answer = await fetch(`${api}/callbooker/sales/book/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      admin_id: admin.id,
      name: `${user.first_name ?? ''} ${user.last_name}`.trim(),
      email: user.email,
      phone: user.phone,
      country: 'GB',
      company_name: agency?.name,
      price_plan: 'payg',
      meeting_dt: start,
    }),
    signal: AbortSignal.timeout(20_000),
  });
  const body = await answer.text();
  tell('API', `answered ${answer.status} in ${(performance.now() - begin).toFixed(0)} ms`);
  if (!answer.ok) throw new CommandError(`The booking was refused: ${body}`);
};
