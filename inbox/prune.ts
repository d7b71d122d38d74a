/**
 * Retention: the bodies of old events hold personal data, and nobody needs them any more. Their rows stay, with the hashes by which a
 * re-sent event is recognised.
 */
import type { Knex } from 'knex';

/** Rows per statement: each is short, and nobody waits for it. */
const batch = 1000;

/**
 * Empties the bodies of events older than `days`, and of refused calls. Events that still run or are parked keep theirs, and so does
 * what shares its body with one.
 *
 * @param days 0 keeps everything
 * @returns how many events lost their body
 */
export const pruneBodies = async (db: Knex, days: number): Promise<number> => {
  if (days === 0) return 0;
  let pruned = 0;
  for (;;) {
    const { rows } = await db.raw<{ rows: unknown[] }>(
      `update webhook set body = null, read_body = null where id = any (array(
         select w.id from webhook w
         where w.received_at < now() - ? * interval '1 day'
           and (w.body is not null or w.read_body is not null)
           and w.outcome <> 'parked'
           and not exists (
             select 1 from webhook other
             where other.envelope_id = w.id and other.type is not null
               and (other.outcome is null or other.outcome = 'parked'))
         order by w.received_at limit ?))
       returning id`,
      [days, batch],
    );
    pruned += rows.length;
    if (rows.length < batch) break;
  }
  await db('api_call')
    .whereRaw(`at < now() - ? * interval '1 day'`, [days])
    .whereRaw('(request_body is not null or response_body is not null)')
    .update({ request_body: null, response_body: null });
  await db('held_call').whereRaw(`at < now() - ? * interval '1 day'`, [days]).delete();
  return pruned;
};
