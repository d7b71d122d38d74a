/** The history of a company's sync stays bounded, however often the company changes and however long Pipedrive is away. */
import assert from 'node:assert/strict';
import { orderSync } from '../../activities/hermes/requestSync.ts';
import { taskQueues } from '../../temporal/taskQueues.ts';
import { companySyncId, type CompanySyncInput } from '../../workflows/names.ts';
import { addCompany, changeCompany, ended, failureShown } from '../flow/syncSupport.ts';
import { eventually, useHermes } from '../support/hermes.ts';

/** In production the server suggests it, at 4096 events. */
const renewAfter = 100;
const waves = 5;
const changesPerWave = 2000;
const requestsPerWave = 150;

/** Events of one try of a call, with its repetitions and the wait that follows. */
const eventsOfATry = 60;

describe('a company with 10,000 changes', () => {
  const hermes = useHermes({ waitScale: 0.05 });

  it('keeps every history short through an outage, and ends in one organization with the last value', async function () {
    this.timeout(120_000);
    const companyId = await addCompany(hermes);
    const outage = hermes.pipedrive.faults.add({ kind: 'status', status: 503, times: Infinity });
    const workflowId = companySyncId(companyId);
    await hermes.temporal.workflow.start('CompanySync', {
      workflowId,
      taskQueue: taskQueues.hermes,
      args: [{ companyId, renewAfter } satisfies CompanySyncInput],
    });
    const handle = hermes.temporal.workflow.getHandle(workflowId);
    for (let wave = 1; wave <= waves; wave += 1) {
      if (wave === 1) await failureShown(hermes, companyId, 'Transient');
      const { runId } = await handle.describe();
      await hermes
        .db('company')
        .where({ id: companyId })
        .increment('wanted_version', changesPerWave - 1);
      await changeCompany(hermes, companyId, { name: `Harbour ${wave}` });
      await Promise.all(
        Array.from({ length: requestsPerWave }, () =>
          orderSync(hermes.temporal, { companyId, priority: 'webhook' }),
        ),
      );
      await eventually('a new run took over', async () => (await handle.describe()).runId !== runId, 60_000);
    }
    hermes.pipedrive.faults.remove(outage);
    await ended(hermes, companyId);

    const lengths: number[] = [];
    for await (const { runId } of hermes.temporal.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
      lengths.push((await hermes.temporal.workflow.getHandle(workflowId, runId).describe()).historyLength);
    }
    assert.ok(lengths.length > waves, `${lengths.length} runs`);
    const longest = Math.max(...lengths);
    assert.ok(longest <= renewAfter + requestsPerWave + eventsOfATry, `${longest} events in one history`);
    assert.deepEqual(
      [...hermes.pipedrive.organizations.values()].map(({ name }) => name),
      [`Harbour ${waves}`],
    );
    const row = (await hermes.db('company').where({ id: companyId }).first('*')) as {
      wanted_version: number;
      pipedrive_synced_version: number;
    };
    assert.ok(row.wanted_version >= waves * changesPerWave);
    assert.equal(row.pipedrive_synced_version, row.wanted_version);
  });
});
