import assert from 'node:assert/strict';
import { failureAttribute } from '../../temporal/searchAttributes.ts';
import { useHermes } from '../support/hermes.ts';

describe('an event whose subject the sender refuses to show', () => {
  const hermes = useHermes();

  it('fails visibly in the inbox and in Temporal, and succeeds on the next event', async () => {
    const client = hermes.tc2.createClient({});
    await hermes.quiet();
    const refusal = hermes.tc2.faults.add({
      method: 'GET',
      kind: 'status',
      status: 400,
      body: { detail: 'Not like this.' },
      times: Infinity,
    });
    hermes.tc2.invoicePaid(client.id);
    await hermes.quiet();

    const row = (await hermes.db('webhook').where({ type: 'TcInvoiceUpdated' }).first()) as {
      outcome: string;
      reason: string;
      workflow_id: string;
    };
    assert.equal(row.outcome, 'failed');
    assert.match(row.reason, /^Refused: /);
    assert.doesNotMatch(row.reason, /Not like this/);
    const run = await hermes.temporal.workflow.getHandle(row.workflow_id).describe();
    assert.equal(run.status.name, 'FAILED');
    assert.equal(run.typedSearchAttributes.get(failureAttribute), 'Refused');

    hermes.tc2.faults.remove(refusal);
    hermes.tc2.invoicePaid(client.id);
    await hermes.quiet();
    const company = (await hermes.db('company').first('paid_invoice_count')) as {
      paid_invoice_count: number;
    };
    assert.equal(company.paid_invoice_count, 2);
  });
});
