/** GET /choose-roundrobin/...: which admin the next visitor talks to (RR). */
import type { Knex } from 'knex';
import type { Context } from 'koa';
import { z } from 'zod';
import { pricePlans } from '../../domain/company/terms.ts';
import { forRegion, nextInTurn } from '../../domain/roundRobin/choose.ts';
import { regionOf } from '../../domain/roundRobin/regions.ts';
import type { Admin, Row } from '../../db/models/index.ts';
import type { ApiDependencies } from '../context.ts';
import { notFound } from '../errors.ts';
import { parseQuery } from '../query.ts';

type AdminRow = Row<Admin>;

export const salesQuery = z.object({
  plan: z.enum(pricePlans),
  country_code: z.string(),
});

const shown = (admin: AdminRow): object => ({
  id: admin.id,
  first_name: admin.first_name,
  last_name: admin.last_name,
  email: admin.username,
  tc2_admin_id: admin.tc2_admin_id,
  pd_owner_id: admin.pd_owner_id,
});

/** The admin of the newest company that has one. */
export const lastPerson = async (
  db: Knex,
  column: 'sales_person_id' | 'support_person_id',
  where: Record<string, unknown>,
): Promise<number | null> => {
  const row = await db('company')
    .where(where)
    .whereNotNull(column)
    .orderBy([
      { column: 'created', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .first<Record<string, number> | undefined>(column);
  return row?.[column] ?? null;
};

/** The next of the admins who sell the plan in the visitor's region; no country means Great Britain. */
export const chooseSalesPerson =
  ({ db }: Pick<ApiDependencies, 'db'>) =>
  async (context: Context): Promise<void> => {
    const { plan, country_code: country } = parseQuery(context, salesQuery);
    const region = regionOf(country.trim() === '' ? 'GB' : country);
    const [admins, last] = await Promise.all([
      db('admin')
        .where({ is_sales_person: true, [`sells_${plan}`]: true })
        .orderBy('id')
        .select('*') as Promise<AdminRow[]>,
      lastPerson(db, 'sales_person_id', { price_plan: plan }),
    ]);
    const next = nextInTurn(
      forRegion(admins, (admin) => admin[`sells_${region}`]),
      last,
    );
    if (next === undefined) throw notFound('No sales person sells this plan');
    context.body = shown(next);
  };

/** The next of the admins who support. */
export const chooseSupportPerson =
  ({ db }: Pick<ApiDependencies, 'db'>) =>
  async (context: Context): Promise<void> => {
    const [admins, last] = await Promise.all([
      db('admin').where({ is_support_person: true }).orderBy('id').select('*') as Promise<AdminRow[]>,
      lastPerson(db, 'support_person_id', {}),
    ]);
    const next = nextInTurn(admins, last);
    if (next === undefined) throw notFound('There is no support person');
    context.body = shown(next);
  };
