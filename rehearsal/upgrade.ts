/** The steps of docs/deploying.md: a release beside the old one, a share of the runs, then all; the old one drains. */
import assert from 'node:assert/strict';
import { signUp, synced } from './checks.ts';
import type { Replica } from './replicas.ts';
import type { Rehearsal } from './stage.ts';

const deployment = ['worker', 'deployment'] as const;

/** Which release is current. */
export const currentRelease = async ({ cli }: Rehearsal): Promise<string> => {
  const described = JSON.parse(
    await cli(...deployment, 'describe', '--name', 'hermes', '--output', 'json'),
  ) as { routingConfig: { currentVersionBuildID: string } };
  return described.routingConfig.currentVersionBuildID;
};

/**
 * Upgrades the workers while agencies sign up.
 *
 * @returns the workers of the new release; those of the old one are stopped
 */
export const upgrade = async (stage: Rehearsal, release: string): Promise<readonly Replica[]> => {
  const { cli, replicas, workers } = stage;
  const before = await currentRelease(stage);
  const version = ['--deployment-name', 'hermes', '--build-id', release, '--yes'];
  const next = await replicas('worker', workers.length, { HERMES_VERSION: release });
  for (const worker of next) worker.start();
  await Promise.all(next.map((worker) => worker.untilHealthy()));

  const clients = [signUp(stage, 'Before The Ramp')];
  await cli(...deployment, 'set-ramping-version', ...version, '--percentage', '50');
  for (let number = 1; number <= 6; number += 1) clients.push(signUp(stage, `During The Ramp ${number}`));
  await cli(...deployment, 'set-current-version', ...version);
  clients.push(signUp(stage, 'After The Switch'));
  for (const id of clients) await synced(stage, id);
  // Nothing is left on the old release.
  await Promise.all(workers.map((worker) => worker.stop()));
  await synced(stage, signUp(stage, 'After The Old Release'));
  assert.equal(await currentRelease(stage), release);
  assert.notEqual(before, release);
  return next;
};
