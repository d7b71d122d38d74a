import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { Connection, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { bundleWorkflowCode, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import type { CompanyRow } from '../../db/models/index.ts';
import { releaseSaid } from '../../cli/doctor/release.ts';
import { taskQueues } from '../../temporal/taskQueues.ts';
import { startWorker, type RunningWorker } from '../../worker/start.ts';
import { temporalLogger } from '../../worker/bundle.ts';
import { hearPipedrive } from '../support/hearPipedrive.ts';
import { eventually, startHermes, testBundle, type TestHermes } from '../support/hermes.ts';
import { stack } from '../support/stack.ts';
import { signUp } from '../support/tc2Flow.ts';

const deploymentName = 'hermes';

describe('releases side by side', function () {
  this.timeout(90_000);
  let hermes: TestHermes;
  const workers = new Set<RunningWorker>();
  before(async () => {
    hermes = await startHermes({ worker: false });
  });
  after(async () => {
    await Promise.all([...workers].map((worker) => worker.stop()));
    await hermes.stop();
  });

  const startRelease = async (buildId: string, bundle: WorkflowBundleOption): Promise<RunningWorker> => {
    const { temporalAddress } = await stack();
    const worker = await startWorker({
      environment: { ...hermes.environment, WORKER_BUILD_ID: buildId, WORKER_DEPLOYMENT: deploymentName },
      temporal: { connectionOptions: { address: temporalAddress }, namespace: hermes.namespace },
      logger: hermes.logger,
      bundle,
      waitScale: 0.02,
      background: { relayEveryMs: 250, sweepEveryMs: 1000 },
    });
    workers.add(worker);
    return worker;
  };

  /** As `temporal worker deployment set-current-version` does, once the server knows the release's workers. */
  const makeCurrent = (buildId: string): Promise<void> =>
    eventually(`release ${buildId} is current`, async () => {
      const { workflowService } = hermes.temporal.connection;
      try {
        await workflowService.setWorkerDeploymentCurrentVersion({
          namespace: hermes.namespace,
          deploymentName,
          buildId,
          identity: 'test',
        });
        return true;
      } catch {
        return false;
      }
    });

  /** The releases that worked on a run, in their order; none while there is no such run. */
  const releasesOf = async (workflowId: string): Promise<string[]> => {
    const handle = hermes.temporal.workflow.getHandle(workflowId);
    const { events } = await handle.fetchHistory().catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError || isGrpcServiceError(error)) return { events: [] };
      throw error;
    });
    const releases = (events ?? []).flatMap(
      ({ workflowTaskCompletedEventAttributes: completed }) => completed?.deploymentVersion?.buildId ?? [],
    );
    return [...new Set(releases)];
  };

  const doctorSays = async (): Promise<string[]> => {
    const { connection } = hermes.temporal;
    if (!(connection instanceof Connection)) throw new Error('the client has a connection of its own kind');
    const queue = { taskQueue: taskQueues.hermes, deploymentName };
    return (await releaseSaid(connection, hermes.namespace, queue)).map(({ message }) => message);
  };

  const organizationRun = async (name: string): Promise<string> => {
    const organization = [...hermes.pipedrive.organizations.values()].find((row) => row.name === name);
    const subject = `organization-${organization?.id}`;
    const row = (await hermes.db('webhook').where({ subject }).first('workflow_id')) as {
      workflow_id: string;
    };
    return row.workflow_id;
  };

  it('loses nothing when a release comes whose workflows do not fit the open runs', async () => {
    hearPipedrive(hermes);
    const first = await startRelease('1', await testBundle());
    await eventually('the doctor misses a current release', async () =>
      (await doctorSays()).includes('No release is current, so the workers of 1 are given no runs.'),
    );
    await makeCurrent('1');
    await eventually('the doctor is content', async () =>
      (await doctorSays()).includes('Release 1 is current, and its workers ask for runs.'),
    );

    // A run that waits for an admin, and a sync that waits for Pipedrive.
    hermes.pipedrive.seed({ users: [{ id: 140, name: 'New Colleague', email: 'new@acme.example' }] });
    hermes.pipedrive.app.create('organization', { name: 'Lighthouse', owner_id: 140 });
    await eventually('the organization is parked', async () =>
      Boolean(await hermes.db('webhook').where({ outcome: 'parked' }).first('id')),
    );
    const outage = hermes.pipedrive.faults.add({ kind: 'status', status: 503, times: Infinity });
    const { id: clientId } = signUp(hermes);
    const company = async (): Promise<Pick<CompanyRow, 'id' | 'pd_org_id'> | undefined> =>
      hermes.db('company').where({ tc2_cligency_id: clientId }).first('id', 'pd_org_id');
    await eventually('the sync met the outage', async () => {
      const known = await company();
      return known !== undefined && (await releasesOf(`company-sync-${known.id}`)).length > 0;
    });

    const next = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('nextRelease.ts', import.meta.url)),
      logger: temporalLogger(hermes.logger),
    });
    const parked = await organizationRun('Lighthouse');
    await assert.rejects(
      Worker.runReplayHistory(
        { workflowBundle: next },
        await hermes.temporal.workflow.getHandle(parked).fetchHistory(),
      ),
      /TMPRL1100/,
    );
    await startRelease('2', next);
    await makeCurrent('2');

    // The query by which docs/deploying.md finds what is left on a release.
    await eventually('the parked run is found on its release', async () => {
      const left = `TemporalWorkerDeploymentVersion = '${deploymentName}:1' AND ExecutionStatus = 'Running'`;
      const { count } = await hermes.temporal.workflow.count(left);
      return count > 0;
    });
    hermes.pipedrive.faults.remove(outage);
    await eventually('the sync ended', async () => typeof (await company())?.pd_org_id === 'number', 60_000);
    hermes.pipedrive.app.create('organization', { name: 'Harbour', owner_id: 101 });
    await hermes.db('admin').insert({ id: 40, pd_owner_id: 140, username: 'new@acme.example' });
    await hermes.quiet();

    assert.deepEqual(await releasesOf(parked), ['1']);
    assert.deepEqual(await releasesOf(await organizationRun('Harbour')), ['2']);
    assert.equal((await releasesOf(`company-sync-${(await company())?.id}`)).at(-1), '2');

    workers.delete(first);
    await first.stop();
    const { id: lateId } = signUp(hermes, { id: clientId + 1 });
    await hermes.quiet();
    const late = await hermes
      .db('company')
      .where({ tc2_cligency_id: lateId })
      .whereNotNull('pd_org_id')
      .first('id');
    assert.ok(late);
    const outcomes = await hermes
      .db('webhook')
      .whereNotNull('type')
      .distinct('outcome')
      .pluck<string[]>('outcome');
    assert.deepEqual(
      outcomes.filter((outcome) => !['applied', 'unchanged', 'ignored', 'stale'].includes(outcome)),
      [],
    );
    assert.deepEqual(
      (await hermes.db('company').pluck<string[]>('name'))
        .filter((name) => ['Lighthouse', 'Harbour'].includes(name))
        .toSorted(),
      ['Harbour', 'Lighthouse'],
    );
  });
});
