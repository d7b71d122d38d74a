import assert from 'node:assert/strict';
import { eventually, useHermes } from '../support/hermes.ts';
import { settle, signUp } from '../support/tc2Flow.ts';
import { bookSales, ok } from './bookingForm.ts';

describe('workflows: a booking goes first', () => {
  // The relay starts everything but the booking.
  const hermes = useHermes({ environment: { WEBHOOK_STARTS_IN_FLIGHT: '0' } });

  /** Milliseconds between the starts of the first run and the last of so many webhooks that came together. */
  const startedWithin = async (webhooks: number, from: number): Promise<number> => {
    const ids = Array.from({ length: webhooks }, (_, index) => from + index);
    for (const id of ids) signUp(hermes, { id });
    const subjects = ids.map((id) => `client-${id}`);
    const started = async (): Promise<number[]> => {
      const rows = (await hermes.db('webhook').whereIn('subject', subjects).select('workflow_id')) as {
        workflow_id: string;
      }[];
      const runs = await Promise.allSettled(
        rows.map(({ workflow_id }) => hermes.temporal.workflow.getHandle(workflow_id).describe()),
      );
      return runs.flatMap((run) => (run.status === 'fulfilled' ? [run.value.startTime.getTime()] : []));
    };
    await eventually('all runs were started', async () => (await started()).length >= webhooks);
    const times = await started();
    return Math.max(...times) - Math.min(...times);
  };

  it('lets the relay start webhooks one after the other while a visitor waits', async () => {
    assert.deepEqual(await bookSales(hermes), ok);
    const apart = await startedWithin(9, 71_000);
    // Eight times 250 ms, less what the first start may have been slower than the last.
    assert.ok(apart >= 1700, `nine runs were started within ${apart} ms`);
    await settle(hermes);
  });
});
