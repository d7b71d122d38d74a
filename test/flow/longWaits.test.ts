import assert from 'node:assert/strict';
import { failureAttribute } from '../../temporal/searchAttributes.ts';
import { companySyncId, eventually, runOf, useHermes } from '../support/hermes.ts';
import { companyOf, settle, signUp } from '../support/tc2Flow.ts';

describe('a long wait for a downstream', () => {
  const hermes = useHermes();
  beforeEach(() => hermes.reset());

  const shows = async (companyId: number, type: string): Promise<void> => {
    await eventually(`the run shows ${type}`, async () => {
      const run = await runOf(hermes, companySyncId(companyId));
      return run.status.name === 'RUNNING' && run.typedSearchAttributes.get(failureAttribute) === type;
    });
  };

  it('TCW-09: told by TC2 to wait for half a minute, a run shows it at once and asks no sooner', async () => {
    hermes.tc2.faults.add({
      kind: 'status',
      method: 'POST',
      path: '/api/clients/',
      status: 429,
      times: Infinity,
      headers: { 'retry-after': '31' },
      body: { detail: 'Request was throttled. Expected available in 31 seconds.' },
    });
    signUp(hermes);
    await eventually('TC2 was asked', () =>
      hermes.tc2.requests.entries.some(({ method }) => method === 'POST'),
    );
    const { id } = await companyOf(hermes);
    await shows(id, 'Throttled');
    assert.equal(hermes.tc2.requests.entries.filter(({ method }) => method === 'POST').length, 1);
  });

  it('a wrong key is shown at once on the run that met it', async () => {
    signUp(hermes);
    await settle(hermes);
    const { id } = await companyOf(hermes);
    hermes.pipedrive.settings.apiToken = 'another-key';
    hermes.tc2.changeClient(70412, { meta_agency: { paid_invoice_count: 3 } });
    await shows(id, 'Unauthorised');
    hermes.pipedrive.settings.apiToken = 'pd-sandbox-key';
  });
});
