import assert from 'node:assert/strict';
import type { z } from 'zod';
import * as schemas from '../../../api/ops/openApiSchemas.ts';
import { faultOf } from '../../support/describedAnswers.ts';
import { takeFaults } from '../../support/holdAnswers.ts';
import { useHermes } from '../../support/hermes.ts';

describe('answers are as the description says', () => {
  const hermes = useHermes();
  before(async () => {
    await hermes.db('company').insert({ name: 'Harbour Tutors', tc2_cligency_id: 70412, country: 'GB' });
  });

  const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

  /** Strict: a key that the description does not name is a fault of the description. */
  const strictly = (schema: z.ZodObject): z.ZodType => schema.strict();

  const cases: [string, () => [string, RequestInit?], number, z.ZodType][] = [
    ['liveness', () => ['/healthz'], 200, strictly(schemas.ok)],
    ['readiness', () => ['/readyz'], 200, strictly(schemas.ready)],
    [
      'companies',
      () => ['/companies/?tc2_cligency_id=70412'],
      200,
      strictly(schemas.company).array().length(1),
    ],
    [
      'whose turn it is to sell',
      () => ['/choose-roundrobin/sales/?plan=payg&country_code=GB'],
      200,
      strictly(schemas.admin),
    ],
    ['whose turn it is to support', () => ['/choose-roundrobin/support/'], 200, strictly(schemas.admin)],
    [
      'free slots',
      () => [
        `/callbooker/availability/?${new URLSearchParams({ admin_id: '1', start_dt: day(1), end_dt: day(8) }).toString()}`,
      ],
      200,
      strictly(schemas.slots),
    ],
    [
      'an unknown admin',
      () => [`/callbooker/availability/?admin_id=999&start_dt=0&end_dt=1`],
      404,
      strictly(schemas.error),
    ],
    ['a missing parameter', () => ['/companies/'], 422, strictly(schemas.validationFault)],
    [
      'a missing signature',
      () => ['/tc2/callback/', { method: 'POST', body: '{"events":[]}' }],
      403,
      strictly(schemas.error),
    ],
    ['a route that there is not', () => ['/nowhere/'], 404, strictly(schemas.error)],
    ['a method that a route has not', () => ['/loc/', { method: 'DELETE' }], 405, strictly(schemas.error)],
    [
      'a body that is not JSON',
      () => [
        '/callbooker/sales/book/',
        { method: 'POST', body: 'hello', headers: { 'content-type': 'text/plain' } },
      ],
      415,
      strictly(schemas.error),
    ],
    [
      'a booking that is not complete',
      () => [
        '/callbooker/sales/book/',
        { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } },
      ],
      422,
      strictly(schemas.validationFault),
    ],
  ];
  for (const [what, request, status, schema] of cases) {
    it(`${what}: ${status}`, async () => {
      const [path, init] = request();
      const answer = await fetch(`${hermes.url}${path}`, init);
      assert.equal(answer.status, status);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
      const parsed = schema.safeParse(await answer.json());
      assert.ok(parsed.success, JSON.stringify(parsed.error?.issues));
    });
  }

  it('every answer of the suite is held against it: what is not described is found', async () => {
    const good = { method: 'GET', pathname: '/healthz', status: 200, contentType: 'application/json' };
    assert.equal(faultOf({ ...good, body: '{"status":"ok"}' }), null);
    assert.match(
      faultOf({ ...good, body: '{"status":"fine"}' }) ?? '',
      /^GET \/healthz 200: .*\/status must be/,
    );
    assert.match(faultOf({ ...good, body: '{"status":"ok","x":1}' }) ?? '', /additional properties/);
    assert.match(faultOf({ ...good, status: 201, body: '{}' }) ?? '', /status is not described/);
    assert.match(faultOf({ ...good, contentType: 'text/html', body: '' }) ?? '', /type text\/html/);
    assert.match(faultOf({ ...good, pathname: '/nowhere', body: '{}' }) ?? '', /route is not described/);
    const call = '/callbooker/meeting/5d0f8d5e-6a0c-4a5e-9a39-2f6b1a1c0c11/cancel';
    assert.equal(
      faultOf({ ...good, method: 'POST', pathname: call, body: '{"status":"ok"}' }),
      null,
      'with and without the final slash',
    );
    // By the listener, too.
    const answer = await fetch(`${hermes.url}/healthz`);
    assert.deepEqual(takeFaults(), []);
    assert.deepEqual(await answer.json(), { status: 'ok' });
  });
});
