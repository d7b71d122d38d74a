/** GET /companies/: finds companies by an exact value (COM-04 to COM-08). */
import type { Knex } from 'knex';
import type { Context } from 'koa';
import { z } from 'zod';
import { identifier } from '../../domain/values/identifier.ts';
import type { ApiDependencies } from '../context.ts';
import { parseQuery } from '../query.ts';

const maxRows = 10;

const blankIsAbsent = (value: unknown): unknown =>
  typeof value === 'string' && value.trim() === '' ? undefined : value;

const optionalId = z.preprocess(blankIsAbsent, identifier.optional());

export const companiesQuery = z
  .object({
    id: optionalId,
    tc2_agency_id: optionalId,
    tc2_cligency_id: optionalId,
    name: z.preprocess(blankIsAbsent, z.string().optional()),
  })
  .refine((query) => Object.values(query).some((value) => value !== undefined), {
    message: 'one of id, tc2_agency_id, tc2_cligency_id and name is required',
  });

/** At most 10 rows, by name. Several parameters must all fit. */
export const findCompanies = async (
  db: Knex,
  query: z.output<typeof companiesQuery>,
): Promise<Record<string, unknown>[]> => {
  const wanted = Object.entries(query).filter(([, value]) => value !== undefined);
  return db('company')
    .where(Object.fromEntries(wanted))
    .modify((rows) => {
      // The index is on names in lower case.
      if (query.name !== undefined) void rows.whereRaw('lower(name) = lower(?)', [query.name]);
    })
    .orderBy(['name', 'id'])
    .limit(maxRows)
    .select('id', 'name', 'tc2_agency_id', 'tc2_cligency_id', 'pd_org_id', 'country', 'price_plan');
};

export const companies =
  ({ db }: Pick<ApiDependencies, 'db'>) =>
  async (context: Context): Promise<void> => {
    context.body = await findCompanies(db, parseQuery(context, companiesQuery));
  };
