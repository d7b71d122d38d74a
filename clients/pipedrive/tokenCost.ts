/**
 * Every Pipedrive endpoint that Hermes calls, with its price in tokens of the company's daily budget.
 *
 * The price is per call, whatever the `limit`, so lists always ask for the largest page. Only names in this table can be
 * called, so no call is without a price. Prices as of November 2026, from
 * https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting.
 */
export const tokenCost = {
  'GET /api/v2/organizations': 10,
  'POST /api/v2/organizations': 5,
  'GET /api/v2/organizations/:id': 1,
  'PATCH /api/v2/organizations/:id': 5,
  'DELETE /api/v2/organizations/:id': 3,
  'GET /api/v2/organizations/search': 20,

  'GET /api/v2/persons': 10,
  'POST /api/v2/persons': 5,
  'GET /api/v2/persons/:id': 1,
  'PATCH /api/v2/persons/:id': 5,
  'DELETE /api/v2/persons/:id': 3,
  'GET /api/v2/persons/search': 20,

  'GET /api/v2/deals': 10,
  'POST /api/v2/deals': 5,
  'GET /api/v2/deals/:id': 1,
  'PATCH /api/v2/deals/:id': 5,
  'DELETE /api/v2/deals/:id': 3,

  'GET /api/v2/activities': 10,
  'POST /api/v2/activities': 5,
  'GET /api/v2/activities/:id': 1,
  'PATCH /api/v2/activities/:id': 5,
  'DELETE /api/v2/activities/:id': 3,

  'GET /api/v2/itemSearch/field': 20,

  'GET /api/v2/pipelines': 5,
  'GET /api/v2/pipelines/:id': 1,
  'GET /api/v2/stages': 5,
  'GET /api/v2/stages/:id': 1,

  'GET /api/v2/organizationFields': 10,
  'POST /api/v2/organizationFields': 5,
  'POST /api/v2/organizationFields/:code/options': 5,
  'GET /api/v2/personFields': 10,
  'POST /api/v2/personFields': 5,
  'POST /api/v2/personFields/:code/options': 5,
  'GET /api/v2/dealFields': 10,
  'POST /api/v2/dealFields': 5,
  'POST /api/v2/dealFields/:code/options': 5,
  'GET /api/v2/activityFields': 10,

  'GET /api/v1/users': 20,
  'GET /api/v1/users/me': 2,

  'GET /api/v1/webhooks': 10,
  'POST /api/v1/webhooks': 10,
  'DELETE /api/v1/webhooks/:id': 6,
} as const;

export type PipedriveEndpoint = keyof typeof tokenCost;
