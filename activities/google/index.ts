/** Activities of the google queue. */
import { checkCalendar } from './checkCalendar.ts';
import type { GoogleDependencies } from './deps.ts';
import { insertCalendarEvent } from './insertEvent.ts';
import { moveCalendarEvent } from './moveEvent.ts';
import { removeCalendarEvent } from './removeEvent.ts';
import { watchCalendar } from './watchCalendar.ts';

export const createGoogleActivities = (deps: GoogleDependencies) => ({
  checkCalendar: checkCalendar(deps),
  insertCalendarEvent: insertCalendarEvent(deps),
  moveCalendarEvent: moveCalendarEvent(deps),
  removeCalendarEvent: removeCalendarEvent(deps),
  watchCalendar: watchCalendar(deps),
});

export type GoogleActivities = ReturnType<typeof createGoogleActivities>;
