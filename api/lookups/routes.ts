/** Lookups of the website: country, companies, whose turn it is. */
import type { Router } from '@koa/router';
import type { ApiDependencies, RequestState } from '../context.ts';
import { companies } from './companies.ts';
import { location } from './location.ts';
import { chooseSalesPerson, chooseSupportPerson } from './roundRobin.ts';

export const addLookupRoutes = (router: Router<RequestState>, dependencies: ApiDependencies): void => {
  router.get('/loc', location);
  router.get('/companies', companies(dependencies));
  router.get('/choose-roundrobin/sales', chooseSalesPerson(dependencies));
  router.get('/choose-roundrobin/support', chooseSupportPerson(dependencies));
};
