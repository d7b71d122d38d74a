/** The staff with whom calls are booked, changed through the rules of `hermes config apply`. */
import type { Context } from 'koa';
import type { Database } from '../../../db/connection.ts';
import type { Admin } from '../../../db/models/index.ts';
import { pricePlans } from '../../../domain/company/terms.ts';
import { regions, roles } from '../../../domain/configuration/document.ts';
import type { ConfigurationState } from '../../../domain/configuration/state.ts';
import { identifierOf } from '../../../domain/values/identifier.ts';
import { countReplay, replayEvents, type ReplayFilter } from '../../../inbox/replay.ts';
import type { ApiDependencies } from '../../context.ts';
import { HttpError, notFound } from '../../errors.ts';
import { testCalendar } from '../calendarTest.ts';
import { operatorOf, readForm, redirect, render } from '../context.ts';
import { formId } from '../formId.ts';
import { auditOperator } from '../operators.ts';
import { replayedText } from '../replayedText.ts';
import { saveConfiguration, type FollowUp } from '../saveConfiguration.ts';

/** By admin: their calls go with them, and nobody takes the events out of the calendar. */
const countCallsAhead = async (db: Database): Promise<Map<number, number>> => {
  const counts = (await db('meeting')
    .where({ status: 'PLANNED' })
    .where('start_time', '>', db.fn.now())
    .whereNotNull('admin_id')
    .groupBy('admin_id')
    .select('admin_id', db.raw('count(*)::integer as calls'))) as { admin_id: number; calls: number }[];
  return new Map(counts.map(({ admin_id, calls }) => [admin_id, calls]));
};

/** GET /admin/admins (ADM-03) */
export const admins =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const [rows, callsAhead] = await Promise.all([
      db('admin').orderBy('id').select<Admin[]>('*'),
      countCallsAhead(db),
    ]);
    render(context, 'admins', { title: 'Admins', rows, callsAhead });
  };

/** GET /admin/admins/new and /admin/admins/:id */
export const adminForm =
  ({ db, environment }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const id = identifierOf(context.params.id);
    const row = id === null ? undefined : ((await db('admin').where({ id }).first('*')) as Admin | undefined);
    if (context.params.id !== 'new' && row === undefined) throw notFound('There is no such admin');
    render(context, 'admin', {
      title: row === undefined ? 'New admin' : `${row.first_name} ${row.last_name}`.trim(),
      row: row ?? { timezone: environment.DFT_TIMEZONE },
      isNew: row === undefined,
      roles,
      plans: pricePlans,
      regions,
    });
  };

const failuresPage = '/admin/failures';

/** Events that failed because nobody was known by an id: the reason names it. */
const replayOf = async (
  { db }: ApiDependencies,
  context: Context,
  reason: string | null,
): Promise<FollowUp | null> => {
  if (reason === null || reason === '') return null;
  const filter: ReplayFilter = { outcomes: ['failed'], reasonContains: reason };
  const { events } = await countReplay(db, filter);
  if (events === 0) return null;
  return {
    label:
      events === 1 ? 'replay the event that failed for it' : `replay the ${events} events that failed for it`,
    run: async () => {
      const operator = operatorOf(context);
      const replayed = await replayEvents(db, { filter, requestedBy: `operator:${operator.id}` });
      await auditOperator(db, operator, 'replayed', `${replayed.events.length} events: ${reason}`);
      return replayedText(replayed.events.length);
    },
  };
};

/** A new admin's id is chosen before the configuration is locked: somebody else's may have got it meanwhile. */
const takenMeanwhile =
  (id: number, username: string) =>
  ({ admins: held }: ConfigurationState): string | null => {
    const other = held.find((row) => row.id === id);
    return other === undefined || other.username.toLowerCase() === username.toLowerCase()
      ? null
      : 'Another admin was added in this very moment: go back, and send the form again';
  };

const saveAdminForm = async (
  dependencies: ApiDependencies,
  context: Context,
  id: number,
  form: URLSearchParams,
): Promise<void> => {
  const chosen = (name: string, all: readonly string[]): string[] =>
    form.getAll(name).filter((value) => all.includes(value));
  const ids = Object.fromEntries(
    ['tc2_admin_id', 'pd_owner_id'].map((name) => [name, formId(form.get(name))]),
  );
  const admin = {
    id,
    first_name: form.get('first_name') ?? '',
    last_name: form.get('last_name') ?? '',
    username: form.get('username') ?? '',
    timezone: form.get('timezone') ?? '',
    ...ids,
    roles: chosen('roles', roles),
    plans: chosen('plans', pricePlans),
    regions: chosen('regions', regions),
  };
  const isNew = context.params.id === 'new';
  await saveConfiguration(dependencies, context, {
    form,
    document: { admins: [admin] },
    ...(isNew ? { unless: takenMeanwhile(id, admin.username) } : {}),
    action: isNew ? '/admin/admins/new' : `/admin/admins/${id}`,
    back: form.get('back') === 'failures' ? failuresPage : '/admin/admins',
    followUp: await replayOf(dependencies, context, form.get('failed_for')),
  });
};

/** The id for a new admin. @throws HttpError 422 when the form was sent before: its e-mail tells, for it names no id */
const newAdminId = async ({ db }: ApiDependencies, form: URLSearchParams): Promise<number> => {
  // In this order: of two clicks at once both take one id, and the second changes nothing.
  const [last] = (await db('admin').max('id as id')) as [{ id: number | null }];
  const username = form.get('username') ?? '';
  const same = (await db('admin').whereRaw('lower(username) = lower(?)', [username]).first('id')) as
    { id: number } | undefined;
  if (same !== undefined) throw new HttpError(422, `Admin ${same.id} has this e-mail already`);
  return (last.id ?? 0) + 1;
};

/** POST /admin/admins/new and /admin/admins/:id (ADM-04, ADM-05) */
export const saveAdmin =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const form = await readForm(context);
    const id =
      context.params.id === 'new' ? await newAdminId(dependencies, form) : identifierOf(context.params.id);
    if (id === null) throw notFound('There is no such admin');
    await saveAdminForm(dependencies, context, id, form);
  };

/** An admin as its form holds it. */
const formOf = (row: Admin): URLSearchParams => {
  const form = new URLSearchParams();
  for (const name of [
    'first_name',
    'last_name',
    'username',
    'timezone',
    'tc2_admin_id',
    'pd_owner_id',
  ] as const) {
    form.set(name, String(row[name] ?? ''));
  }
  for (const role of roles) if (row[`is_${role}_person`]) form.append('roles', role);
  for (const plan of pricePlans) if (row[`sells_${plan}`]) form.append('plans', plan);
  for (const region of regions) if (row[`sells_${region}`]) form.append('regions', region);
  return form;
};

const assignedColumns = ['tc2_admin_id', 'pd_owner_id'] as const;

/** POST /admin/admins/assign: reviews that an admin has the id for which events failed, or wait. */
export const assignAdmin =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const asked = await readForm(context);
    const id = identifierOf(asked.get('admin'));
    const row = (await dependencies.db('admin').where({ id }).first('*')) as Admin | undefined;
    const column = assignedColumns.find((name) => name === asked.get('column'));
    const value = identifierOf(asked.get('value'));
    if (row === undefined || column === undefined || value === null) throw notFound('There is no such admin');
    const form = formOf(row);
    form.set(column, String(value));
    form.set('back', 'failures');
    if (column === 'tc2_admin_id') form.set('failed_for', asked.get('reason') ?? '');
    form.set('step', 'review');
    await saveAdminForm(dependencies, context, row.id, form);
  };

/** GET /admin/admins/:id/calendar: whether calls can be booked with an admin, as Google says right now. */
export const adminCalendar =
  ({ db, environment }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const id = identifierOf(context.params.id);
    const row = (await db('admin').where({ id }).first('*')) as Admin | undefined;
    if (row === undefined) throw notFound('There is no such admin');
    render(context, 'calendar', {
      title: `Calendar of ${row.first_name} ${row.last_name}`.trim(),
      row,
      test: await testCalendar(db, environment, row),
    });
  };

/** POST /admin/admins/:id/delete (ADM-06) */
export const deleteAdmin =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    await readForm(context);
    const id = identifierOf(context.params.id);
    const gone = await db('admin').where({ id }).delete();
    if (gone === 0) throw notFound('There is no such admin');
    await auditOperator(db, operatorOf(context), 'deleted', `admin ${id}`);
    redirect(context, '/admin/admins', 'Deleted');
  };
