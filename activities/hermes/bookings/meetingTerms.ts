/** How long meetings are and when they may be: the config row, and the settings where there is none. */
import type { Knex } from 'knex';
import { IANAZone } from 'luxon';
import type { Grid } from '../../../domain/availability/slots.ts';
import type { Environment } from '../../../environment/environment.ts';

export type MeetingTerms = Omit<Grid, 'timezone'>;

interface ConfigRow {
  meeting_dur_mins: number;
  meeting_buffer_mins: number;
  meeting_min_start: string;
  meeting_max_end: string;
}

/** The terms as of now: a change of the configuration holds for the next booking. */
export const meetingTerms = async (db: Knex, environment: Environment): Promise<MeetingTerms> => {
  const config = await db('config')
    .orderBy('id')
    .first<ConfigRow | undefined>(
      'meeting_dur_mins',
      'meeting_buffer_mins',
      'meeting_min_start',
      'meeting_max_end',
    );
  return {
    durationMins: config?.meeting_dur_mins ?? environment.MEETING_DUR_MINS,
    bufferMins: config?.meeting_buffer_mins ?? environment.MEETING_BUFFER_MINS,
    minStart: config?.meeting_min_start ?? environment.MEETING_MIN_START,
    maxEnd: config?.meeting_max_end ?? environment.MEETING_MAX_END,
  };
};

/** The zone of an admin; rows copied from elsewhere may name one that does not exist. */
export const zoneOf = (admin: { timezone: string }, environment: Environment): string =>
  IANAZone.isValidZone(admin.timezone) ? admin.timezone : environment.DFT_TIMEZONE;
