import assert from 'node:assert/strict';
import { NativeConnection, Worker, type InjectedSinks } from '@temporalio/worker';
import { createDatabaseActivities } from '../../activities/index.ts';
import { taskQueues } from '../../temporal/taskQueues.ts';
import { activityDependencies } from '../../worker/dependencies.ts';
import type { QueueSinks } from '../../workflows/queueWait.ts';
import { testBundle, useHermes } from '../support/hermes.ts';
import { stack } from '../support/stack.ts';

type Time = { seconds?: unknown; nanos?: number | null } | null | undefined;

const milliseconds = (time: Time): number =>
  Number(time?.seconds) * 1000 + Math.floor((time?.nanos ?? 0) / 1_000_000);

describe('workflows: how long a sync stood in the task queue', () => {
  const hermes = useHermes({ worker: false });

  it('is told to the worker that takes it, by the server’s clock, and not again when it is replayed', async () => {
    const handle = await hermes.temporal.workflow.start('CompanySync', {
      workflowId: 'company-sync-999',
      taskQueue: taskQueues.hermes,
      args: [{ companyId: 999 }],
    });
    const told: number[] = [];
    const sinks: InjectedSinks<QueueSinks> = {
      taskQueue: { left: { fn: (_run, ms) => void told.push(ms) } },
    };
    const connection = await NativeConnection.connect({ address: (await stack()).temporalAddress });
    const workflowBundle = await testBundle();
    const worker = await Worker.create({
      connection,
      namespace: hermes.namespace,
      taskQueue: taskQueues.hermes,
      workflowBundle,
      activities: createDatabaseActivities(
        activityDependencies(hermes.environment, hermes.db, hermes.logger),
      ),
      sinks,
    });
    await worker.runUntil(handle.result());
    await connection.close();

    const history = await handle.fetchHistory();
    const events = history.events ?? [];
    const taken = events.find((event) => event.workflowTaskStartedEventAttributes);
    const waited = milliseconds(taken?.eventTime) - milliseconds(events[0]?.eventTime);
    assert.ok(waited > 0);
    assert.deepEqual(told, [waited]);

    await Worker.runReplayHistory({ workflowBundle, sinks }, history);
    assert.deepEqual(told, [waited]);
  });
});
