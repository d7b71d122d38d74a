/** Activities of the google queue: one call each. */
import { checkCalendar } from './checkCalendar.ts';
import type { GoogleDependencies } from './deps.ts';
import { insertCalendarEvent } from './insertEvent.ts';
import { moveCalendarEvent } from './moveEvent.ts';
import { removeCalendarEvent } from './removeEvent.ts';

export const createGoogleActivities = (deps: GoogleDependencies) => ({
  checkCalendar: checkCalendar(deps),
  insertCalendarEvent: insertCalendarEvent(deps),
  moveCalendarEvent: moveCalendarEvent(deps),
  removeCalendarEvent: removeCalendarEvent(deps),
});

export type GoogleActivities = ReturnType<typeof createGoogleActivities>;
