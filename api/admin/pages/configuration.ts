/** The configuration, changed through the same rules as `hermes config apply`: all faults at once, or nothing is stored. */
import type { Context } from 'koa';
import { loadConfiguration } from '../../../configuration/load.ts';
import { renderConfiguration } from '../../../domain/configuration/render.ts';
import { pricePlans } from '../../../domain/company/terms.ts';
import { identifierOf } from '../../../domain/values/identifier.ts';
import type { Admin, Pipeline, Stage } from '../../../db/models/index.ts';
import { countReplay, replayEvents, type ReplayFilter } from '../../../inbox/replay.ts';
import type { ApiDependencies } from '../../context.ts';
import { HttpError, notFound } from '../../errors.ts';
import { operatorOf, readForm, redirect, render } from '../context.ts';
import { testCalendar } from '../calendarTest.ts';
import { auditOperator } from '../operators.ts';
import { saveConfiguration, type FollowUp } from '../saveConfiguration.ts';
import { slotPreview, type MeetingRules } from '../slotPreview.ts';

/** An id as the form says it; what is no id goes to the configuration's own rules, which name the fault. */
const integerOr = (value: string | null): number | string | null => {
  if (value === null || value.trim() === '') return null;
  return identifierOf(value) ?? value;
};

/** GET /admin/configuration: meeting hours and price plans (ADM-07). */
export const configuration =
  ({ db, environment }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const [config, pipelines] = await Promise.all([
      db('config').orderBy('id').first('*') as Promise<MeetingRules | undefined>,
      db('pipeline').orderBy('pd_pipeline_id').select<Pipeline[]>('*'),
    ]);
    const rules = config ?? {
      meeting_dur_mins: environment.MEETING_DUR_MINS,
      meeting_buffer_mins: environment.MEETING_BUFFER_MINS,
      meeting_min_start: environment.MEETING_MIN_START,
      meeting_max_end: environment.MEETING_MAX_END,
    };
    const isSet = (value: string | undefined): string => (value === undefined ? 'not set' : 'set');
    render(context, 'configuration', {
      title: 'Configuration',
      config: rules,
      slots: slotPreview(rules),
      pipelines,
      plans: pricePlans,
      keys: [
        ['TC2_API_KEY', isSet(environment.TC2_API_KEY)],
        ['PD_API_KEY', isSet(environment.PD_API_KEY)],
        ['PD_WEBHOOK_PASSWORD', isSet(environment.PD_WEBHOOK_PASSWORD)],
        ['SIGNING_KEY', isSet(environment.SIGNING_KEY)],
        ['G_PRIVATE_KEY', isSet(environment.G_PRIVATE_KEY)],
      ],
    });
  };

/** POST /admin/configuration (ADM-08) */
export const saveConfigurationPage =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const form = await readForm(context);
    const plans = Object.fromEntries(pricePlans.map((plan) => [plan, integerOr(form.get(plan))]));
    const number = (name: string): number | string => {
      const text = form.get(name) ?? '';
      return /^\d+$/.test(text) ? Number(text) : text;
    };
    const document = {
      meetings: {
        duration_mins: number('duration_mins'),
        buffer_mins: number('buffer_mins'),
        min_start: form.get('min_start') ?? '',
        max_end: form.get('max_end') ?? '',
      },
      price_plans: plans,
    };
    const { meetings } = document;
    const rules = {
      meeting_dur_mins: Number(meetings.duration_mins),
      meeting_buffer_mins: Number(meetings.buffer_mins),
      meeting_min_start: meetings.min_start,
      meeting_max_end: meetings.max_end,
    };
    await saveConfiguration(dependencies, context, {
      form,
      document,
      back: '/admin/configuration',
      preview: () => ({ slots: slotPreview(rules) }),
    });
  };

/** GET /admin/configuration.yaml: what `config apply` accepts. */
export const exportConfiguration =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    context.type = 'application/yaml; charset=utf-8';
    context.attachment('hermes.yaml');
    context.body = renderConfiguration(await db.transaction(loadConfiguration));
  };

/** GET /admin/admins (ADM-03) */
export const admins =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    render(context, 'admins', {
      title: 'Admins',
      rows: await db('admin').orderBy('id').select<Admin[]>('*'),
    });
  };

const roleNames = ['sales', 'support', 'bdr'] as const;
const regionNames = ['us', 'gb', 'au', 'ca', 'eu', 'row'] as const;

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
      roles: roleNames,
      plans: pricePlans,
      regions: regionNames,
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
      return replayed.events.length === 1
        ? '1 event is replayed'
        : `${replayed.events.length} events are replayed`;
    },
  };
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
    ['tc2_admin_id', 'pd_owner_id'].map((name) => [name, integerOr(form.get(name))]),
  );
  const admin = {
    id,
    first_name: form.get('first_name') ?? '',
    last_name: form.get('last_name') ?? '',
    username: form.get('username') ?? '',
    timezone: form.get('timezone') ?? '',
    ...ids,
    roles: chosen('roles', roleNames),
    plans: chosen('plans', pricePlans),
    regions: chosen('regions', regionNames),
  };
  await saveConfiguration(dependencies, context, {
    form,
    document: { admins: [admin] },
    action: context.params.id === 'new' ? '/admin/admins/new' : `/admin/admins/${id}`,
    back: form.get('back') === 'failures' ? failuresPage : '/admin/admins',
    followUp: await replayOf(dependencies, context, form.get('failed_for')),
  });
};

/** POST /admin/admins/new and /admin/admins/:id (ADM-04, ADM-05) */
export const saveAdmin =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const form = await readForm(context);
    const [last] = (await dependencies.db('admin').max('id as id')) as [{ id: number | null }];
    const id = context.params.id === 'new' ? (last.id ?? 0) + 1 : identifierOf(context.params.id);
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
  for (const role of roleNames) if (row[`is_${role}_person`]) form.append('roles', role);
  for (const plan of pricePlans) if (row[`sells_${plan}`]) form.append('plans', plan);
  for (const region of regionNames) if (row[`sells_${region}`]) form.append('regions', region);
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

/** GET /admin/pipelines (ADM-09) */
export const pipelines =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const [rows, stages] = await Promise.all([
      db('pipeline').orderBy('pd_pipeline_id').select<Pipeline[]>('*'),
      db('stage').orderBy('pd_stage_id').select<Stage[]>('*'),
    ]);
    render(context, 'pipelines', { title: 'Pipelines', rows, stages });
  };

/** POST /admin/pipelines/:id (ADM-10): name, Pipedrive id and entry stage. */
export const savePipeline =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const form = await readForm(context);
    const id = identifierOf(context.params.id);
    const name = (form.get('name') ?? '').trim();
    const pd_pipeline_id = identifierOf(form.get('pd_pipeline_id'));
    const dft_entry_stage_id = identifierOf(form.get('dft_entry_stage_id'));
    if (name === '' || pd_pipeline_id === null)
      throw new HttpError(422, 'A pipeline needs a name and its Pipedrive id');
    const taken = await db('pipeline').where({ pd_pipeline_id }).whereNot({ id }).first('id');
    if (taken !== undefined) throw new HttpError(422, 'Another pipeline has that Pipedrive id');
    if (dft_entry_stage_id !== null) {
      const stage = (await db('stage').where({ id: dft_entry_stage_id }).first('pipeline_id')) as
        { pipeline_id: number | null } | undefined;
      if (stage === undefined || (stage.pipeline_id !== null && stage.pipeline_id !== id)) {
        throw new HttpError(422, 'The entry stage belongs to another pipeline');
      }
    }
    const saved = await db('pipeline').where({ id }).update({ name, pd_pipeline_id, dft_entry_stage_id });
    if (saved === 0) throw notFound('There is no such pipeline');
    await auditOperator(db, operatorOf(context), 'configured', `pipeline ${id}`);
    redirect(context, '/admin/pipelines', 'Saved');
  };
