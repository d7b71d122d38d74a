/** Every acknowledged webhook ends applied, ignored with a reason, or failed and visible. */
import { createHash } from 'node:crypto';
import type { Stage } from '../stage/stage.ts';
import { lost, type Finding } from './finding.ts';

/** What one sender did. */
export interface SenderCount {
  sent: number;
  acknowledged: number;
  /** Attempts after the first one. */
  retries: number;
  /** Deliveries that no attempt brought through. */
  givenUp: number;
}

interface Sent {
  key: string;
  attempts: number;
  acknowledged: boolean;
}

const count = (deliveries: readonly Sent[]): SenderCount => ({
  sent: deliveries.length,
  acknowledged: deliveries.filter(({ acknowledged }) => acknowledged).length,
  retries: deliveries.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
  givenUp: deliveries.filter(({ acknowledged }) => !acknowledged).length,
});

const missing = (who: string, deliveries: readonly Sent[], filed: ReadonlySet<string>): Finding[] =>
  deliveries
    .filter(({ key, acknowledged }) => acknowledged && !filed.has(key))
    .map(({ key }) => lost(`a webhook of ${who} was acknowledged and is not in the inbox: ${key}`));

const sentByTutorCruncher = ({ peers }: Stage): Sent[] =>
  peers.tc2.deliveries.map(({ body, attempts, outcome }) => ({
    key: createHash('sha256').update(body).digest('hex'),
    attempts: attempts.length,
    acknowledged: outcome === 'delivered',
  }));

const sentByPipedrive = ({ peers }: Stage): Sent[] =>
  peers.pipedrive.webhooks.delivery.deliveries.map(({ id, attempts, state }) => ({
    key: id,
    attempts: attempts.length,
    acknowledged: state === 'delivered',
  }));

interface Row {
  id: number;
  source: string;
  type: string | null;
  outcome: string | null;
  reason: string | null;
  workflow_id: string | null;
}

/** Outcomes that say by their name why nothing was done. */
const plain = ['applied', 'unchanged', 'stale'];

const judgeRow = async ({ temporalClient }: Stage, row: Row): Promise<Finding[]> => {
  const { id, source, type, outcome, reason, workflow_id: workflowId } = row;
  const name = `webhook ${id} (${source}, ${type ?? 'no type'})`;
  if (outcome === null) return [lost(`${name} came to no end`)];
  if (plain.includes(outcome)) return [];
  if (reason === null || reason === '') return [lost(`${name} is ${outcome} without a reason`)];
  if (outcome === 'ignored' || outcome === 'refused') return [];
  if (workflowId === null) return [lost(`${name} is ${outcome} without a run`)];
  const { status, searchAttributes } = await temporalClient.workflow.getHandle(workflowId).describe();
  const [shown] = (searchAttributes['HermesFailure'] ?? []) as string[];
  const visible = shown !== undefined && (outcome === 'parked' || status.name === 'FAILED');
  // Nothing in the load deserves to fail: what does is shown here, visible or not.
  return [lost(`${name} ${outcome}${visible ? ', visibly' : ' and cannot be seen'}: ${reason}`)];
};

export interface WebhookVerdict {
  senders: { tc2: SenderCount; pipedrive: SenderCount };
  /** Rows of the inbox by source and outcome. */
  outcomes: { source: string; outcome: string; count: number }[];
  findings: Finding[];
}

export const judgeWebhooks = async (stage: Stage): Promise<WebhookVerdict> => {
  const { db } = stage;
  const tc2 = sentByTutorCruncher(stage);
  const pipedrive = sentByPipedrive(stage);
  const hashes = await db('webhook')
    .where({ source: 'tc2' })
    .distinct('body_hash')
    .pluck<Buffer[]>('body_hash');
  const { rows: ids } = await db.raw<{ rows: { id: string }[] }>(
    `select convert_from(body, 'UTF8')::jsonb -> 'meta' ->> 'id' as id from webhook where source = 'pipedrive'`,
  );
  const rows = (await db('webhook')
    .orderBy('id')
    .select('id', 'source', 'type', 'outcome', 'reason', 'workflow_id')) as Row[];
  const counts = new Map<string, number>();
  const findings: Finding[] = [];
  for (const row of rows) {
    const key = `${row.source} ${row.outcome ?? 'none'}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    findings.push(...(await judgeRow(stage, row)));
  }
  return {
    senders: { tc2: count(tc2), pipedrive: count(pipedrive) },
    outcomes: [...counts]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, number]) => {
        const [source = '', outcome = ''] = key.split(' ');
        return { source, outcome, count: number };
      }),
    findings: [
      ...missing('TutorCruncher', tc2, new Set(hashes.map((hash) => hash.toString('hex')))),
      ...missing('Pipedrive', pipedrive, new Set(ids.map(({ id }) => id))),
      ...findings,
    ],
  };
};
