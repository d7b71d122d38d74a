/** Which contact a person is. */
import type { Knex } from 'knex';
import type { ContactRow } from '../../../db/models/index.ts';
import { matchRecord, type Match } from '../../../domain/pipedriveWebhook/match.ts';
import { personNameOf } from '../../../domain/pipedriveWebhook/person.ts';
import { maxNameLength } from '../../../domain/values/text.ts';
import type { PdContext, PdSubject } from './context.ts';
import { unlessLost } from './lostIds.ts';

const candidates = ({ trx }: PdContext, subject: PdSubject, ids: readonly number[]): Knex.QueryBuilder =>
  trx('contact')
    .where({ pd_person_id: subject.id })
    .orWhereIn('id', [...ids]);

const matchAmong = (
  context: PdContext,
  subject: PdSubject,
  ids: readonly number[],
  rows: readonly ContactRow[],
): Promise<Match> => {
  const match = matchRecord(
    rows.find((row) => row.pd_person_id === subject.id),
    ids,
    rows.map((row) => ({ id: row.id, remoteId: row.pd_person_id, is_deleted: row.is_deleted })),
    subject.mergedFrom,
  );
  return unlessLost(context, 'person', match, ids);
};

/**
 * Finds the contact. It may become another one until it is locked.
 *
 * @param ids those that the person names
 */
export const findContact = async (
  context: PdContext,
  subject: PdSubject,
  ids: readonly number[],
): Promise<Match> =>
  matchAmong(context, subject, ids, await candidates(context, subject, ids).select<ContactRow[]>('*'));

/** The same, locked: the companies first, as everywhere, so that two transactions never wait for each other. */
export const lockContact = async (
  context: PdContext,
  subject: PdSubject,
  ids: readonly number[],
): Promise<Match> => {
  await context
    .trx('company')
    .whereIn('id', candidates(context, subject, ids).select('company_id'))
    .orderBy('id')
    .forNoKeyUpdate()
    .select('id');
  const rows = await candidates(context, subject, ids)
    .orderBy('id')
    .forNoKeyUpdate()
    .select<ContactRow[]>('*');
  return matchAmong(context, subject, ids, rows);
};

/** The contact whose create is under way, where persons do not carry our ids. */
export const intendedContact = async (
  { trx, map }: PdContext,
  subject: PdSubject,
  companyId: number,
): Promise<ContactRow | undefined> => {
  if (!subject.isCreate || subject.report.fromApp || map.keys.person.hermes_id !== undefined) {
    return undefined;
  }
  return (await trx('contact')
    .join('create_intent as intent', 'intent.record_id', 'contact.id')
    .where({ 'intent.entity': 'person', 'contact.company_id': companyId })
    .whereNull('contact.pd_person_id')
    .whereRaw(`rtrim(left(trim(concat_ws(' ', contact.first_name, contact.last_name)), ?)) = ?`, [
      maxNameLength,
      personNameOf(subject.report.fields) ?? '',
    ])
    .first('contact.*')) as ContactRow | undefined;
};

/** A live contact of the company that has the address and is nobody in Pipedrive yet: the same person (PDP-28). */
export const adoptableContact = async (
  { trx }: PdContext,
  companyId: number,
  email: string | null,
): Promise<ContactRow | undefined> => {
  if (email === null) return undefined;
  return (await trx('contact')
    .where({ company_id: companyId, is_deleted: false })
    .whereNull('pd_person_id')
    .whereRaw('lower(email) = lower(?)', [email])
    .orderBy('id')
    .forNoKeyUpdate()
    .first('*')) as ContactRow | undefined;
};
