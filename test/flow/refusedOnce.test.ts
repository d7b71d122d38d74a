import assert from 'node:assert/strict';
import { orderSync } from '../../activities/hermes/requestSync.ts';
import { companySyncId, eventually, runOf, useHermes } from '../support/hermes.ts';
import { bodiesOf, companyOf, signUp } from '../support/tc2Flow.ts';

const persons = '/api/v2/persons';
const deals = '/api/v2/deals';
const clients = '/api/clients/';

describe('what was refused', () => {
  const hermes = useHermes();

  it('RL-16, TCW-11: is not sent again because a sync is asked for while one runs, only after a change', async () => {
    const { faults } = hermes.pipedrive;
    const refusal = { kind: 'status', method: 'POST', status: 400, times: Infinity } as const;
    faults.add({
      ...refusal,
      path: persons,
      body: { success: false, error: 'Validation failed: emails' },
    });
    faults.add({ kind: 'latency', method: 'POST', path: deals, delayMs: 700 });
    hermes.tc2.faults.add({ ...refusal, path: clients, body: { extra_attrs: ['Unknown.'] } });
    signUp(hermes);
    await eventually(
      'the deal is being made',
      () => bodiesOf(hermes.pipedrive.requests, 'POST', deals).length > 0,
    );
    const { id } = await companyOf(hermes);
    await orderSync(hermes.temporal, { companyId: id, priority: 'webhook' });
    await hermes.quiet();
    const sent = () => ({
      persons: bodiesOf(hermes.pipedrive.requests, 'POST', persons).length,
      writeBacks: bodiesOf(hermes.tc2.requests, 'POST', clients).length,
    });
    assert.deepEqual(sent(), { persons: 1, writeBacks: 1 });
    const company = await companyOf(hermes);
    assert.match(company.pipedrive_failure ?? '', /person of contact/);
    assert.match(company.tc2_failure ?? '', /400/);
    const run = await runOf(hermes, companySyncId(id));
    assert.equal(run.status.name, 'FAILED');

    hermes.tc2.changeClient(70412, { meta_agency: { paid_invoice_count: 1 } });
    await hermes.quiet();
    assert.deepEqual(sent(), { persons: 2, writeBacks: 2 });
  });
});
