import type { Defaults } from '../domain/configuration/plan.ts';
import type { Environment } from '../environment/environment.ts';

/** What the settings say where neither the file nor the database does. */
export const defaultsOf = (environment: Environment): Defaults => ({
  timezone: environment.DFT_TIMEZONE,
  meetings: {
    duration_mins: environment.MEETING_DUR_MINS,
    buffer_mins: environment.MEETING_BUFFER_MINS,
    min_start: environment.MEETING_MIN_START,
    max_end: environment.MEETING_MAX_END,
  },
});
