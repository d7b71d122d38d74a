/** The call that a signed link in an invitation speaks of. The link is the right to see and to change it. */
import type { Context } from 'koa';
import { isMeetingLink } from '../../domain/callbooker/meetingLink.ts';
import type { ApiDependencies } from '../context.ts';
import { forbidden, notFound } from '../errors.ts';

export interface CallFacts {
  id: number;
  uuid: string;
  status: string;
  meeting_type: 'sales' | 'support';
  start_time: Date;
  end_time: Date;
  admin_id: number;
  /** Moves on with every change. */
  calendar_synced_at: Date | null;
  first_name: string;
  last_name: string;
  username: string;
  timezone: string;
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Finds the call; its uuid cannot be guessed.
 *
 * @throws HttpError 403 for a link that Hermes did not sign, 404 for a call that is gone
 */
export const linkedCall = async (
  { db, environment }: ApiDependencies,
  uuid: string,
  signature: string,
): Promise<CallFacts> => {
  const key = environment.SIGNING_KEY;
  if (key === undefined || !uuidPattern.test(uuid) || !isMeetingLink(key, uuid, signature)) {
    throw forbidden('Invalid signature');
  }
  const call = await db('meeting as m')
    .join('admin as a', 'a.id', 'm.admin_id')
    .where('m.uuid', uuid)
    .whereNotNull('m.start_time')
    .first<CallFacts | undefined>(
      'm.id',
      'm.uuid',
      'm.status',
      'm.meeting_type',
      'm.start_time',
      'm.end_time',
      'm.admin_id',
      'm.calendar_synced_at',
      'a.first_name',
      'a.last_name',
      'a.username',
      'a.timezone',
    );
  if (call === undefined) throw notFound('There is no such call');
  return call;
};

/** A browser gets a page, everybody else JSON. */
export const wantsPage = (context: Context): boolean => context.accepts('json', 'html') === 'html';
