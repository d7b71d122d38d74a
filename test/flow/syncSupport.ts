/** Rows as an existing database brings them: with the columns of the take-over alone. */
import { orderSync } from '../../activities/hermes/requestSync.ts';
import type { LoggedRequest } from '../../sandbox/common/requestLog.ts';
import type { PriorityName } from '../../workflows/names.ts';
import { eventually, type TestHermes } from '../support/hermes.ts';

type Columns = Record<string, unknown>;

const insert = async (hermes: TestHermes, table: string, columns: Columns): Promise<number> => {
  const [row] = (await hermes.db(table).insert(columns).returning('id')) as [{ id: number }];
  return row.id;
};

export const addCompany = (hermes: TestHermes, columns: Columns = {}): Promise<number> =>
  insert(hermes, 'company', {
    name: 'Harbour Tutors',
    country: 'GB',
    price_plan: 'payg',
    sales_person_id: 1,
    created: '2026-11-01T09:00:00Z',
    ...columns,
  });

export const addContact = (hermes: TestHermes, companyId: number, columns: Columns = {}): Promise<number> =>
  insert(hermes, 'contact', {
    company_id: companyId,
    first_name: 'Nell',
    last_name: 'Harbour',
    email: 'nell@harbour-tutors.example',
    ...columns,
  });

export const addDeal = async (
  hermes: TestHermes,
  companyId: number,
  columns: Columns = {},
): Promise<number> => {
  const pipeline = (await hermes.db('pipeline').where({ pd_pipeline_id: 1 }).first('id')) as { id: number };
  const stage = (await hermes.db('stage').where({ pd_stage_id: 11 }).first('id')) as { id: number };
  return insert(hermes, 'deal', {
    company_id: companyId,
    name: 'Harbour Tutors',
    status: 'open',
    admin_id: 1,
    pipeline_id: pipeline.id,
    stage_id: stage.id,
    ...columns,
  });
};

export const addMeeting = (hermes: TestHermes, companyId: number, columns: Columns = {}): Promise<number> =>
  insert(hermes, 'meeting', {
    company_id: companyId,
    admin_id: 1,
    start_time: '2026-12-01T14:00:00Z',
    end_time: '2026-12-01T14:30:00Z',
    status: 'PLANNED',
    meeting_type: 'sales',
    activity_wanted: true,
    ...columns,
  });

/** Changes a company's row as an event does: with its version; a while after the last sync, so that nothing is collected. */
export const changeCompany = async (
  hermes: TestHermes,
  companyId: number,
  columns: Columns = {},
): Promise<void> => {
  await hermes
    .db('company')
    .where({ id: companyId })
    .update({
      pipedrive_synced_at: hermes.db.raw("pipedrive_synced_at - interval '1 minute'"),
      ...columns,
      wanted_version: hermes.db.raw('wanted_version + 1'),
      wanted_at: hermes.db.fn.now(),
    });
};

/** Runs a sync to its end. */
export const sync = async (
  hermes: TestHermes,
  companyId: number,
  priority: PriorityName = 'webhook',
): Promise<void> => {
  await orderSync(hermes.temporal, { companyId, priority });
  await ended(hermes, companyId);
};

const handleOf = (hermes: TestHermes, companyId: number) =>
  hermes.temporal.workflow.getHandle(`company-sync-${companyId}`);

/** Resolves when no sync of the company is open. */
export const ended = async (hermes: TestHermes, companyId: number): Promise<void> => {
  await handleOf(hermes, companyId)
    .result()
    .catch(() => undefined);
};

/** How the last sync of a company stands: state, HermesFailure, message of the failure. */
export const syncState = async (hermes: TestHermes, companyId: number) => {
  const handle = handleOf(hermes, companyId);
  const { status, searchAttributes, historyLength } = await handle.describe();
  const [failure] = (searchAttributes['HermesFailure'] ?? []) as string[];
  const message = await handle.result().then(
    () => null,
    (error: unknown) => String((error as { cause?: { message?: string } }).cause?.message),
  );
  return { status: status.name, failure: failure ?? null, message, historyLength };
};

/** HermesFailure of a sync that goes on. */
const shownFailure = async (hermes: TestHermes, companyId: number): Promise<string | null> => {
  const { searchAttributes } = await handleOf(hermes, companyId).describe();
  const [failure] = (searchAttributes['HermesFailure'] ?? []) as string[];
  return failure ?? null;
};

export const failureShown = (hermes: TestHermes, companyId: number, type: string | null): Promise<void> =>
  eventually(
    `HermesFailure of company ${companyId} is ${type}`,
    async () => (await shownFailure(hermes, companyId)) === type,
  );

/** "POST organizations" and the like, in order. */
export const callsMade = (hermes: TestHermes): string[] =>
  hermes.pipedrive.requests.entries.map(
    ({ method, path }) => `${method} ${path.replace('/api/v2/', '').replaceAll(/\d+/g, ':id')}`,
  );

export const writesMade = (hermes: TestHermes): string[] =>
  callsMade(hermes).filter((call) => !call.startsWith('GET'));

export const requestsTo = (hermes: TestHermes, method: string, path: string): LoggedRequest[] =>
  hermes.pipedrive.requests.entries.filter(
    (entry) => entry.method === method && entry.path.startsWith(`/api/v2/${path}`),
  );

/** The body of the only request of its kind. */
export const bodyOf = (hermes: TestHermes, method: string, path: string): Columns => {
  const found = requestsTo(hermes, method, path);
  if (found.length !== 1) throw new Error(`${found.length} requests ${method} ${path}`);
  return found[0]?.body as Columns;
};

export const rowOf = async (hermes: TestHermes, table: string, id: number): Promise<Columns> =>
  (await hermes.db(table).where({ id }).first('*')) as Columns;

/** The key of a mapped field. */
export const fieldKey = async (hermes: TestHermes, entity: string, name: string): Promise<string> => {
  const row = (await hermes.db('pipedrive_field').where({ entity, name }).first('pipedrive_key')) as
    { pipedrive_key: string } | undefined;
  if (row === undefined) throw new Error(`${entity}.${name} is not mapped`);
  return row.pipedrive_key;
};

/** Custom fields of a body under the names of Hermes. */
export const namedFields = async (hermes: TestHermes, entity: string, body: Columns): Promise<Columns> => {
  const rows = (await hermes.db('pipedrive_field').where({ entity }).select('name', 'pipedrive_key')) as {
    name: string;
    pipedrive_key: string;
  }[];
  const names = new Map(rows.map((row) => [row.pipedrive_key, row.name]));
  return Object.fromEntries(
    Object.entries((body['custom_fields'] ?? {}) as Columns).map(([key, value]) => [
      names.get(key) ?? key,
      value,
    ]),
  );
};
