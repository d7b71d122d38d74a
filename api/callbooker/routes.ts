/** The callbooker: what the website's booking pages ask for. */
import type { Router } from '@koa/router';
import { calendarClient } from '../../activities/google/calendar.ts';
import type { ApiDependencies, RequestState } from '../context.ts';
import { availability } from './availability.ts';
import { book } from './book.ts';
import { createBusyReader } from './busyCalendar.ts';
import { cancelCall, rescheduleCall } from './changeCall.ts';
import { withErrorPage } from './errorPage.ts';
import { bookingLimits } from './limits.ts';
import { showCall } from './showCall.ts';
import { generateSupportLink, validateSupportLink } from './supportLink.ts';

export const addCallbookerRoutes = (router: Router<RequestState>, dependencies: ApiDependencies): void => {
  const google = calendarClient(dependencies.environment);
  const calendars = google === null ? null : createBusyReader(google);
  const limits = bookingLimits(dependencies.pool, dependencies.environment);
  router.post('/callbooker/sales/book', book(dependencies, 'sales', limits));
  router.post('/callbooker/support/book', book(dependencies, 'support', limits));
  router.get('/callbooker/meeting/:uuid', withErrorPage(showCall(dependencies, calendars)));
  router.post('/callbooker/meeting/:uuid/cancel', withErrorPage(cancelCall(dependencies, limits)));
  router.post('/callbooker/meeting/:uuid/reschedule', withErrorPage(rescheduleCall(dependencies, limits)));
  router.get('/callbooker/availability', availability(dependencies, calendars));
  router.get('/callbooker/support-link/generate/tc2', generateSupportLink(dependencies));
  router.get('/callbooker/support-link/validate', validateSupportLink(dependencies));
};
