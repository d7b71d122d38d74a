import assert from 'node:assert/strict';
import { Worker } from '@temporalio/worker';
import { eventually, testBundle, useHermes } from '../support/hermes.ts';
import { signUp } from '../support/tc2Flow.ts';

/**
 * A replay gets what happened in fewer and larger portions than the run did. What a run does must not depend on that: one that left the
 * worker's memory is replayed at its next task.
 */
describe('histories of a busy time', () => {
  const hermes = useHermes();

  const clients = 12;
  const changes = 6;

  it('replay: both sides of a sync act while changes arrive, and do the same again', async function () {
    this.timeout(90_000);
    const ids = Array.from({ length: clients }, (_, index) => 90_000 + index);
    for (const id of ids) signUp(hermes, { id });
    await eventually('a client is there', async () => (await hermes.db('company').first('id')) !== undefined);
    for (let change = 0; change < changes; change += 1) {
      for (const id of ids)
        hermes.tc2.changeClient(id, {
          meta_agency: {
            website: `https://${change}.example`,
            status: change % 2 === 0 ? 'active' : 'trial',
          },
        });
      await hermes.tc2.settled();
    }
    await hermes.quiet();

    const workflow = hermes.temporal.workflow;
    const histories = async function* () {
      for await (const { workflowId, runId } of workflow.list())
        yield { workflowId, history: await workflow.getHandle(workflowId, runId).fetchHistory() };
    };
    const broken: string[] = [];
    let replayed = 0;
    const workflowBundle = await testBundle();
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories())) {
      replayed += 1;
      if (error !== undefined) broken.push(`${workflowId}: ${error.message}`);
    }
    assert.deepEqual(broken, []);
    assert.ok(replayed >= clients * (2 + changes), `${replayed} runs`);
  });
});
