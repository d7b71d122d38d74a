/** The callbooker: what the website's booking pages ask for. */
import type { Router } from '@koa/router';
import { calendarClient } from '../../activities/google/calendar.ts';
import type { ApiDependencies, RequestState } from '../context.ts';
import { availability } from './availability.ts';
import { createBusyReader } from './busyCalendar.ts';
import { generateSupportLink, validateSupportLink } from './supportLink.ts';

export const addCallbookerRoutes = (router: Router<RequestState>, dependencies: ApiDependencies): void => {
  const google = calendarClient(dependencies.environment);
  const calendars = google === null ? null : createBusyReader(google);
  router.get('/callbooker/availability', availability(dependencies, calendars));
  router.get('/callbooker/support-link/generate/tc2', generateSupportLink(dependencies));
  router.get('/callbooker/support-link/validate', validateSupportLink(dependencies));
};
