/** Follows webhooks from the inbox to their end, and tells each step when it can be seen. */
import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import { isSyncDue, type SyncState } from '../../activities/hermes/changes.ts';
import { companySyncId } from '../../workflows/names.ts';
import { CommandError } from '../command.ts';
import { askSandbox } from './askSandbox.ts';
import type { DemoStack } from './stack.ts';
import type { Teller } from './tell.ts';
import type { TutorCruncher } from './tutorCruncher.ts';

const lookEveryMs = 40;
const longestMs = 90_000;

/** The newest rows before something happened: what comes after them belongs to it. */
export interface Marks {
  webhook: number;
  apiCall: number;
  fieldChange: number;
}

export interface CallRow {
  id: number;
  system: string;
  method: string;
  endpoint: string;
  status: number | null;
  failure: string | null;
  duration_ms: number;
  entity: string | null;
  record_id: number | null;
}

interface WebhookRow {
  id: number;
  source: string;
  type: string | null;
  summary: string;
  workflow_id: string | null;
  outcome: string | null;
  reason: string | null;
  company_id: number | null;
}

interface ChangeRow {
  id: number;
  entity: string;
  record_id: number;
  changes: Record<string, unknown>;
}

/** What a followed scenario came to. */
export interface Story {
  webhooks: WebhookRow[];
  calls: CallRow[];
}

const newestId = async (stack: DemoStack, table: string): Promise<number> => {
  const row = await stack.db(table).max<{ max: number | null }>('id as max').first();
  return row?.max ?? 0;
};

/** Where the tables stand now. */
export const markNow = async (stack: DemoStack): Promise<Marks> => ({
  webhook: await newestId(stack, 'webhook'),
  apiCall: await newestId(stack, 'api_call'),
  fieldChange: await newestId(stack, 'field_change'),
});

const systems: Record<string, string> = { pipedrive: 'Pipedrive', tc2: 'TutorCruncher', google: 'Google' };

/** Whose record a call is about; ids are Hermes's own. */
const subjects: Record<string, string> = {
  organization: 'organization of company',
  person: 'person of contact',
  activity: 'activity of meeting',
  client: 'client of company',
};

const describeCall = ({
  method,
  endpoint,
  status,
  failure,
  duration_ms: ms,
  entity,
  record_id: id,
}: CallRow) =>
  [
    `${method.padEnd(6)} ${endpoint.padEnd(30)}`,
    `${String(status ?? 'no answer')}${failure === null ? '' : ` ${failure}`}`,
    `${ms} ms`.padStart(6),
    entity === null ? '' : `${subjects[entity] ?? entity} ${id ?? ''}`,
  ].join('  ');

const longestList = 6;

const describeChange = ({ entity, record_id: id, changes }: ChangeRow): string => {
  const fields = Object.keys(changes);
  return `${entity} ${id}: ${fields.length > longestList ? `${fields.length} fields` : fields.join(', ')}`;
};

const deliverySchema = z.object({
  deliveries: z.array(z.object({ state: z.string(), attempts: z.array(z.unknown()) })),
});

/** Whether Pipedrive has a webhook on its first way to Hermes; one that was refused is tried again much later. */
const pipedriveIsSending = async (address: string): Promise<boolean> => {
  const parsed = deliverySchema.safeParse(
    await askSandbox('Pipedrive', 'GET', `${address}/_sandbox/webhooks/deliveries`),
  );
  const onTheWay = ['waiting', 'sending'];
  return (
    parsed.success &&
    parsed.data.deliveries.some(({ state, attempts }) => onTheWay.includes(state) && attempts.length === 0)
  );
};

/**
 * Follows everything that was filed after `marks` until nothing is under way: no webhook without an outcome, no company behind, no
 * sync running, no webhook of the peers on its way (the echoes of Hermes's own calls).
 *
 * @throws CommandError when it takes too long
 */
export const follow = async (
  stack: DemoStack,
  tc2: TutorCruncher,
  marks: Marks,
  tell: Teller,
): Promise<Story> => {
  const { db, temporal, addresses } = stack;
  const { namespace } = temporal.options;
  const arrived = new Map<number, WebhookRow>();
  const seenCalls: CallRow[] = [];
  const shownRuns = new Set<string>();
  let changeMark = marks.fieldChange;

  const describeRun = async (workflowId: string) => {
    try {
      return await temporal.workflow.getHandle(workflowId).describe();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  };

  const showRun = async (workflowId: string): Promise<void> => {
    if (shownRuns.has(workflowId)) return;
    const run = await describeRun(workflowId);
    if (run === null) return;
    shownRuns.add(workflowId);
    tell('Temporal', `${run.type} runs as ${workflowId}`);
    if (addresses.temporalUi !== undefined) {
      const place = [namespace, 'workflows', workflowId, run.runId, 'timeline'].map(encodeURIComponent);
      tell('', `${addresses.temporalUi}/namespaces/${place.join('/')}`);
    }
  };

  const showWebhooks = async (): Promise<void> => {
    const rows = (await db('webhook')
      .where('id', '>', marks.webhook)
      .orderBy('id')
      .select(
        'id',
        'source',
        'type',
        'summary',
        'workflow_id',
        'outcome',
        'reason',
        'company_id',
      )) as WebhookRow[];
    for (const row of rows) {
      if (!arrived.has(row.id)) tell('Inbox', `webhook ${row.id}: ${row.summary}`);
      // What follows are echoes of Hermes's own calls, as a rule: their runs would only fill the screen.
      if (row.id === rows[0]?.id && row.workflow_id !== null) await showRun(row.workflow_id);
      arrived.set(row.id, row);
    }
  };

  const showOutcomes = (before: Map<number, WebhookRow>): void => {
    for (const row of arrived.values()) {
      if (row.outcome === null || before.get(row.id)?.outcome === row.outcome) continue;
      const why = row.reason === null ? '' : ` (${row.reason})`;
      const company = row.company_id === null ? '' : `, company ${row.company_id}`;
      tell('Hermes', `webhook ${row.id} ${row.outcome}${company}${why}`);
    }
  };

  const showChanges = async (): Promise<void> => {
    const rows = (await db('field_change').where('id', '>', changeMark).orderBy('id')) as ChangeRow[];
    for (const row of rows) tell('Records', describeChange(row));
    changeMark = rows.at(-1)?.id ?? changeMark;
  };

  const companyIds = (): number[] => [
    ...new Set([...arrived.values()].flatMap(({ company_id: id }) => (id === null ? [] : [id]))),
  ];

  /** A sync that collects further changes runs for a while before its first call. */
  const showSyncs = async (): Promise<void> => {
    for (const workflowId of companyIds().map(companySyncId)) {
      if (shownRuns.has(workflowId)) continue;
      if ((await describeRun(workflowId))?.status.name === 'RUNNING') await showRun(workflowId);
    }
  };

  const showCalls = async (): Promise<void> => {
    const mark = seenCalls.at(-1)?.id ?? marks.apiCall;
    const rows = (await db('api_call').where('id', '>', mark).orderBy('id')) as (CallRow & {
      workflow_id: string | null;
    })[];
    for (const row of rows) {
      if (row.workflow_id !== null) await showRun(row.workflow_id);
      tell(systems[row.system] ?? row.system, describeCall(row));
      seenCalls.push(row);
    }
  };

  const isQuiet = async (): Promise<boolean> => {
    if (arrived.size === 0) return false;
    if ([...arrived.values()].some(({ outcome, type }) => outcome === null && type !== null)) return false;
    const companies = (await db('company').whereIn('id', companyIds()).select('*')) as SyncState[];
    if (companies.some(isSyncDue)) return false;
    for (const id of companyIds()) {
      if ((await describeRun(companySyncId(id)))?.status.name === 'RUNNING') return false;
    }
    return !(await tc2.isSending()) && !(await pipedriveIsSending(addresses.pipedrive));
  };

  const deadline = performance.now() + longestMs;
  for (;;) {
    // Asked before the look, so that the look sees all that happened until then.
    const quiet = await isQuiet();
    const before = new Map(arrived);
    const callsBefore = seenCalls.length;
    await showWebhooks();
    await showChanges();
    showOutcomes(before);
    await showSyncs();
    await showCalls();
    if (quiet && arrived.size === before.size && seenCalls.length === callsBefore) {
      return { webhooks: [...arrived.values()], calls: seenCalls };
    }
    if (performance.now() > deadline) {
      throw new CommandError(
        'It is still under way, which is not usual. The Temporal Web UI shows what it waits for; the logs are beside the state of `npm start`.',
      );
    }
    await pause(lookEveryMs);
  }
};
