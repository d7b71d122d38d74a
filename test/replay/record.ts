/**
 * Records histories of every workflow type for replay.test.ts: `node --import tsx test/replay/record.ts`.
 *
 * It runs Hermes as the tests do, lets happen what usually happens and what goes wrong, and writes the runs that differ in shape to
 * `histories/<type>-<n>.json`, without what names the machine.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { orderSync } from '../../activities/hermes/requestSync.ts';
import { meetingLinkUrl } from '../../domain/callbooker/meetingLink.ts';
import { taskQueues } from '../../temporal/taskQueues.ts';
import { addCompany, addContact, ended, failureShown } from '../flow/syncSupport.ts';
import { hearPipedrive } from '../support/hearPipedrive.ts';
import { startHermes, type TestHermes } from '../support/hermes.ts';
import { stopStack } from '../support/stack.ts';
import { signUp } from '../support/tc2Flow.ts';
import { bookSales, bookSupport, inDays } from '../workflows/bookingForm.ts';

const folder = fileURLToPath(new URL('histories/', import.meta.url));

/** More of one type show nothing new. */
const mostPerType: Record<string, number> = { CompanySync: 12 };
const usualMost = 3;

const tc2Events = async (hermes: TestHermes): Promise<void> => {
  const { id } = signUp(hermes);
  await hermes.quiet();
  hermes.tc2.changeClient(id, { meta_agency: { website: 'https://second.example' } });
  await hermes.quiet();
  hermes.tc2.invoicePaid(id);
  await hermes.quiet();
  hermes.tc2.deleteClient(id);
  await hermes.quiet();
  signUp(hermes, { id: 70413, sales_person: null });
  await hermes.quiet();
};

const pipedriveEvents = async (hermes: TestHermes): Promise<void> => {
  hearPipedrive(hermes);
  const { app, webhooks } = hermes.pipedrive;
  const settle = async (): Promise<void> => {
    await webhooks.delivery.idle();
    await hermes.quiet();
  };
  const pipeline = app.create('pipeline', { name: 'Partners' });
  app.create('stage', { name: 'First contact', pipeline_id: pipeline.id });
  const organization = app.create('organization', { name: 'Quay Tutors', owner_id: 101 });
  await settle();
  const person = app.create('person', { name: 'Test User', org_id: organization.id, owner_id: 101 });
  await settle();
  const deal = app.create('deal', {
    title: 'Quay',
    org_id: organization.id,
    person_id: person.id,
    stage_id: 11,
    owner_id: 101,
  });
  await settle();
  app.update('deal', deal.id, { status: 'lost' });
  app.delete('organization', organization.id);
  await settle();
};

const bookings = async (hermes: TestHermes): Promise<void> => {
  await bookSales(hermes);
  await hermes.quiet();
  await bookSales(hermes);
  const company = (await hermes.db('company').where({ has_booked_call: true }).first('id')) as { id: number };
  await bookSupport(hermes, { company_id: company.id, meeting_dt: inDays(9, '15:00') });
  await hermes.quiet();
  const meetings = (await hermes.db('meeting').orderBy('id').select('uuid')) as { uuid: string }[];
  const changes: [string, object][] = [
    ['reschedule', { meeting_dt: inDays(8, '09:00') }],
    ['cancel', {}],
  ];
  for (const [what, body] of changes) {
    const url = new URL(meetingLinkUrl(hermes.url, 'test-signing-key', meetings[0]?.uuid ?? ''));
    await fetch(`${hermes.url}${url.pathname}${what}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ s: url.searchParams.get('s'), ...body }),
    });
    await hermes.quiet();
  }
};

const troubledSyncs = async (hermes: TestHermes): Promise<void> => {
  const { faults } = hermes.pipedrive;
  const refused = await addCompany(hermes, { name: 'Refused' });
  await addContact(hermes, refused);
  faults.add({ kind: 'status', method: 'POST', path: '/api/v2/persons', status: 400 });
  await orderSync(hermes.temporal, { companyId: refused, priority: 'webhook' });
  await ended(hermes, refused);

  const lost = await addCompany(hermes, { name: 'Lost answer' });
  faults.add({ kind: 'dropAfter', method: 'POST', path: '/api/v2/organizations' });
  await orderSync(hermes.temporal, { companyId: lost, priority: 'booking' });
  await ended(hermes, lost);

  const away = await addCompany(hermes, { name: 'Away' });
  const outage = faults.add({ kind: 'status', status: 503, times: Infinity });
  await orderSync(hermes.temporal, { companyId: away, priority: 'repair' });
  await failureShown(hermes, away, 'Transient');
  faults.remove(outage);
  await ended(hermes, away);

  const renewed = await addCompany(hermes, { name: 'Renewed' });
  await hermes.temporal.workflow.start('CompanySync', {
    workflowId: `company-sync-${renewed}`,
    taskQueue: taskQueues.hermes,
    args: [{ companyId: renewed, renewAfter: 8 }],
  });
  await ended(hermes, renewed);
};

const scheduled = async (hermes: TestHermes): Promise<void> => {
  const types: [string, unknown[]][] = [
    ['CalendarWatch', []],
    ['Reconcile', [{ dryRun: false, maxRepairs: 1000 }]],
  ];
  for (const [type, args] of types) {
    await hermes.temporal.workflow.execute(type, {
      workflowId: `record-${type}`,
      taskQueue: taskQueues.hermes,
      args,
    });
  }
};

/** What names the machine of the recording, or its people's code. */
const namesTheMachine: readonly string[] = ['identity', 'stackTrace', 'binaryChecksum'];

const cleaned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      namesTheMachine.includes(name) && typeof inner === 'string' ? 'recorded' : cleaned(inner),
    ]),
  );
};

interface RecordedEvent {
  eventType: string;
  [attributes: string]: unknown;
}

/** Which events in which order, and which activities: runs alike in it replay alike. */
const shapeOf = (events: readonly RecordedEvent[]): string =>
  events
    .map((event) => {
      const name = /"activityType":\{"name":"(\w+)"/.exec(JSON.stringify(event))?.[1] ?? '';
      return `${event.eventType}${name}`;
    })
    .join(' ');

const save = async (hermes: TestHermes): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const shapes = new Map<string, Set<string>>();
  for await (const { workflowId, runId, type, status } of hermes.temporal.workflow.list()) {
    if (status.name === 'RUNNING') continue;
    const history = await hermes.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    const recorded = cleaned(JSON.parse(historyToJSON(history))) as { events: RecordedEvent[] };
    const known = shapes.get(type) ?? new Set<string>();
    const shape = shapeOf(recorded.events);
    if (known.has(shape) || known.size >= (mostPerType[type] ?? usualMost)) continue;
    shapes.set(type, known.add(shape));
    await writeFile(`${folder}${type}-${known.size}.json`, `${JSON.stringify(recorded, null, 1)}\n`);
  }
  for (const [type, known] of shapes) process.stdout.write(`${type}: ${known.size}\n`);
};

const hermes = await startHermes({
  waitScale: 0.01,
  environment: { BOOKING_MAX_PER_IP: '1000', BOOKING_MAX_PER_EMAIL: '1000' },
});
try {
  for (const happening of [tc2Events, bookings, troubledSyncs, pipedriveEvents, scheduled])
    await happening(hermes);
  await save(hermes);
} finally {
  await hermes.stop();
  await stopStack();
}
process.exit(0);
