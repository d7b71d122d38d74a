import type { Context } from 'koa';
import type { CompanyRow } from '../../../db/models/index.ts';
import { identifierOf } from '../../../domain/values/identifier.ts';
import { secretsOf } from '../../../environment/environment.ts';
import { forgetPerson } from '../../../inbox/forget.ts';
import { resyncCompany } from '../../../inbox/resync.ts';
import { companySyncId } from '../../../workflows/names.ts';
import type { ApiDependencies } from '../../context.ts';
import { HttpError, notFound } from '../../errors.ts';
import { adviceOnPause, adviceOnRefusal } from '../advice.ts';
import { compareCompany } from '../compareCompany.ts';
import { operatorOf, queryOf, readForm, redirect, render, runUrl } from '../context.ts';
import { auditOperator } from '../operators.ts';
import { pipedriveOf } from '../pipedrive.ts';
import { repairCompany } from '../repairCompany.ts';
import { companyStory } from '../story.ts';

/** GET /admin/companies: found by name, id, cligency id, organization id or a contact's e-mail. */
export const companies =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const search = (queryOf(context).get('q') ?? '').trim();
    const id = identifierOf(search);
    const query = db('company').orderBy('id', 'desc').limit(50);
    if (id !== null) {
      query.where(
        (either) => void either.where({ id }).orWhere({ tc2_cligency_id: id }).orWhere({ pd_org_id: id }),
      );
    } else if (search.includes('@')) {
      query.whereIn('id', db('contact').whereRaw('lower(email) = lower(?)', [search]).select('company_id'));
    } else if (search !== '') {
      query.whereRaw('position(lower(?) in lower(name)) > 0', [search]);
    }
    render(context, 'companies', { title: 'Companies', search, rows: await query.select('*') });
  };

interface PauseRow {
  bucket: string;
  blocked_until: Date;
  blocked_reason: string | null;
}

type Side = 'in sync' | 'waiting' | 'failing';

const sideOf = (company: CompanyRow, synced: number, failed: number | null): Side => {
  if (failed === company.wanted_version) return 'failing';
  return synced < company.wanted_version ? 'waiting' : 'in sync';
};

/** GET /admin/companies/:id: its story in order. */
export const company =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const { db, environment } = dependencies;
    const id = identifierOf(context.params.id);
    const row = (await db('company').where({ id }).first('*')) as CompanyRow | undefined;
    if (row === undefined) throw notFound('There is no such company');
    const of = { company_id: row.id };
    const [contacts, deals, meetings, pauses, story] = await Promise.all([
      db('contact').where(of).orderBy('id').select('*'),
      db('deal').where(of).orderBy('id').select('*'),
      db('meeting')
        .leftJoin('admin', 'admin.id', 'meeting.admin_id')
        .where(of)
        .orderBy('meeting.id')
        .select('meeting.*', 'admin.first_name', 'admin.last_name'),
      db('api_window')
        .where('blocked_until', '>', db.fn.now())
        .orderBy('bucket')
        .select<PauseRow[]>('bucket', 'blocked_until', 'blocked_reason'),
      companyStory(db, row.id, secretsOf(dependencies.environment)),
    ]);
    const [pipedrive, tc2] = [
      sideOf(row, row.pipedrive_synced_version, row.pipedrive_failed_version),
      sideOf(row, row.tc2_synced_version, row.tc2_failed_version),
    ];
    const refused = [row.pipedrive_failure, row.tc2_failure].flatMap((failure) => failure?.split('\n') ?? []);
    const waits = pipedrive === 'waiting' || tc2 === 'waiting';
    render(context, 'company', {
      title: row.name,
      row,
      contacts,
      deals,
      meetings,
      story,
      pauses: waits ? pauses.map((pause) => ({ ...pause, advice: adviceOnPause(pause.blocked_reason) })) : [],
      refusals: refused.map((line) => ({ line, advice: adviceOnRefusal(line) })),
      pipedrive,
      tc2,
      organizationUrl:
        row.pd_org_id === null ? null : `${environment.PD_BASE_URL}/organization/${row.pd_org_id}/`,
      runUrl: runUrl(dependencies, companySyncId(row.id)),
    });
  };

/** POST /admin/companies/:id/sync */
export const syncCompany =
  ({ db, temporal }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    await readForm(context);
    const id = identifierOf(context.params.id);
    const operator = operatorOf(context);
    if (id === null || !(await resyncCompany(db, temporal, id, `operator:${operator.id}`))) {
      throw notFound('There is no such company');
    }
    await auditOperator(db, operator, 'synced', `company ${id}`);
    redirect(context, `/admin/companies/${id}`, 'The sync is on its way');
  };

/** GET /admin/companies/:id/compare: what Pipedrive holds right now beside what Hermes holds. */
export const compareWithPipedrive =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const { db, environment } = dependencies;
    const id = identifierOf(context.params.id);
    const row = (await db('company').where({ id }).first('id', 'name')) as
      { id: number; name: string } | undefined;
    if (row === undefined) throw notFound('There is no such company');
    const pipedrive = pipedriveOf(dependencies);
    if (pipedrive === undefined) throw new HttpError(409, 'PD_API_KEY is not set');
    const records = (await compareCompany(db, environment, pipedrive, row.id)) ?? [];
    render(context, 'compare', {
      title: `${row.name} beside Pipedrive`,
      id: row.id,
      name: row.name,
      records,
      differences: records.flatMap(({ fields }) => fields).filter(({ same }) => !same).length,
    });
  };

const repairNotice = ({ events, synced }: { events: number; synced: boolean }): string => {
  const taken =
    events === 0 ? '' : `${events === 1 ? '1 change' : `${events} changes`} of Pipedrive will be taken over`;
  if (!synced) return taken === '' ? 'There was nothing to repair' : taken;
  return taken === '' ? 'Pipedrive will be written anew' : `${taken}; the rest will be written anew`;
};

/** POST /admin/companies/:id/repair: what drifted apart from Pipedrive is taken over or written anew. */
export const repairCompanyPage =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    await readForm(context);
    const { db } = dependencies;
    const id = identifierOf(context.params.id);
    if (id === null || (await db('company').where({ id }).first('id')) === undefined) {
      throw notFound('There is no such company');
    }
    const pipedrive = pipedriveOf(dependencies);
    if (pipedrive === undefined) throw new HttpError(409, 'PD_API_KEY is not set');
    const repair = await repairCompany(dependencies, pipedrive, id);
    if (!repair.ok) throw new HttpError(503, `Pipedrive could not be asked: ${repair.failure.summary}`);
    await auditOperator(db, operatorOf(context), 'repaired', `company ${id}`);
    redirect(context, `/admin/companies/${id}`, repairNotice(repair));
  };

/** POST /admin/companies/:id/contacts/:contact/forget: erases the person behind a contact, everywhere in Hermes. */
export const forgetContact =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    await readForm(context);
    const of = { id: identifierOf(context.params.contact), company_id: identifierOf(context.params.id) };
    const contact = (await db('contact').where(of).first('email')) as { email: string | null } | undefined;
    if (contact === undefined) throw notFound('There is no such contact');
    if (contact.email === null)
      throw new HttpError(409, 'Without an e-mail address nobody can be found by it');
    const done = await forgetPerson(db, contact.email);
    const to = `/admin/companies/${of.company_id}`;
    if (!done.ok) {
      redirect(context, to, `Nothing was erased: ${done.reason}`);
      return;
    }
    await auditOperator(
      db,
      operatorOf(context),
      'forgot',
      `${done.contacts} contacts, ${done.events} events`,
    );
    const left = done.pipedrivePersons.map((id) => `person ${id}`).join(', ');
    redirect(context, to, left === '' ? 'Erased' : `Erased here; Pipedrive still holds ${left}`);
  };
