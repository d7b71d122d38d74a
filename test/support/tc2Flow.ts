/** What the flow tests of TutorCruncher's side ask the whole of Hermes. */
import assert from 'node:assert/strict';
import type { CompanyRow, ContactRow, DealRow } from '../../db/models/index.ts';
import type { LoggedRequest, RequestLog } from '../../sandbox/common/requestLog.ts';
import { organizationFields, dealFields, customFields } from '../../sandbox/demo/account.ts';
import type { Tc2Client } from '../../sandbox/tc2/events.ts';
import type { ClientPatch } from '../../sandbox/tc2/index.ts';
import type { TestHermes } from './hermes.ts';
import { recently } from './tc2Records.ts';

/** "POST /api/v2/organizations", with ids as :id, in the order of the requests. */
export const callsOf = (log: RequestLog): string[] =>
  log.entries.map(({ method, path }) => `${method} ${path.replaceAll(/\/\d+(?=\/|$)/g, '/:id')}`);

/** The same without searches. */
export const writesAndReads = (log: RequestLog): string[] =>
  callsOf(log).filter((call) => !call.includes('/search'));

export const bodiesOf = (log: RequestLog, method: string, path: string | RegExp): Record<string, unknown>[] =>
  log.matching({ method, path }).map(({ body }: LoggedRequest) => body as Record<string, unknown>);

/** A new client, created lately whenever the tests run. */
export const signUp = (hermes: TestHermes, patch: ClientPatch & { id?: number } = {}): Tc2Client =>
  hermes.tc2.createClient({
    ...patch,
    meta_agency: patch.meta_agency === null ? null : { created: recently(), ...patch.meta_agency },
  });

export const companyOf = async (hermes: TestHermes, cligencyId = 70412): Promise<CompanyRow> => {
  const row = (await hermes.db('company').where({ tc2_cligency_id: cligencyId }).first('*')) as
    CompanyRow | undefined;
  assert.ok(row, `no company of client ${cligencyId}`);
  return row;
};

export const contactsOf = (hermes: TestHermes, companyId: number): Promise<ContactRow[]> =>
  hermes.db('contact').where({ company_id: companyId }).orderBy('id').select('*');

export const dealsOf = (hermes: TestHermes, companyId: number): Promise<DealRow[]> =>
  hermes.db('deal').where({ company_id: companyId }).orderBy('id').select('*');

/**
 * Lets everything come to rest, as if the last sync were long ago (a change within two seconds of it would wait for more to come), and
 * forgets the requests so far.
 */
export const settle = async (hermes: TestHermes): Promise<void> => {
  await hermes.quiet();
  await hermes.db('company').update({ pipedrive_synced_at: new Date(Date.now() - 3_600_000) });
  hermes.pipedrive.requests.clear();
  hermes.tc2.requests.clear();
};

/** Pipedrive's key of a field of the demo account. */
export const keyOf = (entity: 'organization' | 'deal' | 'custom', name: string): string => {
  const fields = { organization: organizationFields, deal: dealFields, custom: customFields }[entity];
  const field = fields.find((one) => one.name === name);
  assert.ok(field, `no field ${name}`);
  return field.code;
};

/** The only value of a map. */
export const onlyOf = <T>(records: ReadonlyMap<number, T>): T => {
  const [first, ...others] = [...records.values()];
  assert.ok(first !== undefined && others.length === 0, `${records.size} instead of one`);
  return first;
};

/** `quiet` for much at once: more than its deadline allows on a busy machine. */
export const quietAfterMuch = async (hermes: TestHermes): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await hermes.quiet();
    } catch (error) {
      if (tries === 4) throw error;
    }
  }
};
