import assert from 'node:assert/strict';
import { eventually, useHermes } from '../support/hermes.ts';
import { quietAfterMuch, settle, signUp } from '../support/tc2Flow.ts';
import { companySyncId } from '../../workflows/names.ts';
import { bookSales, ok } from './bookingForm.ts';

const burst = 4;
/** So many that calls wait in the task queue, too: no hand is free by chance. */
const clients = 10;

describe('workflows: the calls of a booking overtake those that wait', () => {
  const hermes = useHermes({
    environment: {
      PD_API_MAX_RATE: String(burst),
      PD_API_RATE_PERIOD: '1',
      PD_FIND_BEFORE_CREATE: 'false',
    },
  });

  const waitingCalls = async (): Promise<number> => {
    const row = (await hermes
      .db('api_window')
      .where({ bucket: 'pipedrive' })
      .first(hermes.db.raw('cardinality(waiting)::integer as waiting'))) as { waiting: number } | undefined;
    return row?.waiting ?? 0;
  };

  /** Types of the failures after which calls of the backlog were made again. */
  const repeatedAfter = async (): Promise<string[]> => {
    const companies = await hermes.db('company').whereNotNull('tc2_cligency_id').pluck<number[]>('id');
    const histories = await Promise.all(
      companies.map((id) => hermes.temporal.workflow.getHandle(companySyncId(id)).fetchHistory()),
    );
    return histories
      .flatMap(({ events }) => events ?? [])
      .flatMap(({ activityTaskStartedEventAttributes: started }) => {
        const type = started?.lastFailure?.applicationFailureInfo?.type;
        return type === undefined || type === null ? [] : [type];
      });
  };

  it('gives it the hand of a call that waits, which comes again afterwards; nothing is lost', async () => {
    for (let index = 0; index < clients; index += 1) signUp(hermes, { id: 72_000 + index });
    await eventually('every hand holds a call that waits', async () => (await waitingCalls()) >= burst - 1);
    assert.deepEqual(await bookSales(hermes), ok);
    await eventually('the activity is in Pipedrive', () => hermes.pipedrive.activities.size === 1);
    assert.ok(hermes.pipedrive.organizations.size < clients + 1);
    await quietAfterMuch(hermes);
    assert.equal(hermes.pipedrive.organizations.size, clients + 1);
    assert.equal(hermes.pipedrive.deals.size, clients + 1);
    const types = await repeatedAfter();
    assert.ok(types.includes('StoodAside'), `calls were repeated after: ${types.join(', ')}`);
    assert.deepEqual([...new Set(types)], ['StoodAside']);
    await settle(hermes);
  });
});
