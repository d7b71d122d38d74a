/** A short chaos run: real processes, servers of their own, all three kinds of traffic. `npm run chaos` makes longer ones. */
import assert from 'node:assert/strict';
import { faultsNamed } from '../../chaos/faults/index.ts';
import type { Happened } from '../../chaos/load/index.ts';
import { runChaos, type RunResult } from '../../chaos/run.ts';
import { setStage, type Stage } from '../../chaos/stage/stage.ts';

/** One of each kind that Hermes recovers from within seconds; `npm run chaos -- --help` names them all. */
const quick = [
  'api-killed',
  'temporal-killed',
  'postgres-restarted',
  'connections-killed',
  'pipedrive-503',
  'pipedrive-429-retry-after',
  'pipedrive-cut-before',
  'pipedrive-writes-cut-after',
  'pipedrive-garbage',
  'tc2-html-502',
  'google-cut-before',
  'webhooks-doubled',
  'webhooks-reordered',
  'webhooks-from-yesterday',
  'tc2-clock-off',
];

const seed = 7;
const say = (): void => undefined;
const restWithinMs = 150_000;

describe('under load', function () {
  this.timeout(300_000);
  let stage: Stage | undefined;
  let earlier: Happened;
  before(async () => {
    stage = await setStage({ workers: 2, say });
  });
  after(() => stage?.close());

  const assertNothingLost = ({ verdict, happened }: RunResult): void => {
    assert.deepEqual(verdict.findings, [], `seed ${seed}`);
    assert.ok(verdict.webhooks.senders.tc2.acknowledged > 0);
    assert.ok(verdict.webhooks.senders.pipedrive.acknowledged > 0);
    assert.ok(happened.visits.length > 0);
  };

  it('a rolling restart of two workers loses and doubles nothing', async () => {
    const result = await runChaos(stage as Stage, {
      seed,
      seconds: 4,
      perSecond: 5,
      only: faultsNamed(['rolling-restart']),
      restWithinMs,
      say,
    });
    earlier = result.happened;
    assertNothingLost(result);
  });

  it('processes killed, servers restarted, peers failing, webhooks doubled, reordered and misdated lose and double nothing', async () => {
    const result = await runChaos(stage as Stage, {
      seed: seed + 100,
      seconds: 10,
      perSecond: 5,
      only: faultsNamed(quick),
      restWithinMs,
      earlier,
      say,
    });
    assertNothingLost(result);
  });
});
