import assert from 'node:assert/strict';
import pg from 'pg';
import { startErrorReports, type ErrorReports } from '../../observability/errorReports.ts';
import { createLogger, type Logger } from '../../observability/logger.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { temporalLogger } from '../../worker/bundle.ts';

interface SentEvent {
  level: string;
  tags: Record<string, string>;
  extra: Record<string, unknown>;
  exception: {
    values: { type: string; value: string; stacktrace: { frames: { filename: string }[] } }[];
  };
}

/** The event of an envelope: a line for the envelope, a line for the item, the item. */
const eventIn = (body: string): SentEvent => JSON.parse(body.split('\n')[2] ?? '') as SentEvent;

describe('observability/errorReports', () => {
  let sentry: Receiver;
  let reports: ErrorReports;
  let logger: Logger;
  let log: string[];
  beforeEach(async () => {
    sentry = await startReceiver();
    reports = await startErrorReports(`${sentry.url.replace('//', '//publickey@')}/42`, 'worker');
    log = [];
    logger = createLogger({
      level: 'info',
      process: 'worker',
      destination: { write: (line: string) => void log.push(line) },
      report: reports.report,
    });
  });
  afterEach(() => sentry.close());

  const sent = async (): Promise<SentEvent[]> => {
    await reports.flush();
    return sentry.posts.map(({ body }) => eventIn(body));
  };

  it('reports an error that nobody expected, with its place, its codes and ids', async () => {
    const error = new TypeError('cannot read of Nell Harbour', {
      cause: Object.assign(new pg.DatabaseError('Key (email)=(nell@harbour.example) exists', 9, 'error'), {
        code: '23505',
        constraint: 'contact_email',
        detail: 'Key (email)=(nell@harbour.example) already exists.',
      }),
    });
    logger.error({ err: error, requestId: 'r-1', companyId: 7, name: 'Nell Harbour' }, 'an event went wrong');
    const [event, ...others] = await sent();
    assert.ok(event !== undefined && others.length === 0);
    assert.equal(event.level, 'error');
    assert.equal(event.tags['process'], 'worker');
    assert.deepEqual(event.extra, { requestId: 'r-1', companyId: 7 });
    const thrown = event.exception.values.at(-1);
    assert.equal(thrown?.type, 'TypeError');
    assert.equal(thrown?.value, 'an event went wrong');
    assert.equal(thrown?.stacktrace.frames.at(-1)?.filename, 'test/observability/errorReports.test.ts');
    assert.equal(event.exception.values.length, 2);
    const [post] = sentry.posts;
    assert.equal(new URL(post?.path ?? '', sentry.url).pathname, '/api/42/envelope/');
    assert.match(`${post?.path} ${JSON.stringify(post?.headers)}`, /sentry_key=publickey/);
  });

  it('sends nothing personal: no message, no value, no path of the machine', async () => {
    const error = new Error('invalid input for Nell Harbour <nell@harbour.example>\n    +44 20 7946 0018');
    Object.assign(error, { detail: 'nell@harbour.example', code: 'no code of nell@harbour.example' });
    logger.error({ err: error, requestId: 'nell@harbour.example' }, 'an event went wrong');
    await reports.flush();
    assert.equal(sentry.posts.length, 1);
    const said = `${sentry.posts[0]?.body} ${JSON.stringify(sentry.posts[0]?.headers)}`;
    assert.doesNotMatch(said, /nell|harbour|7946/i);
    assert.ok(!said.includes(process.cwd()));
  });

  it('leaves out what is no bug: warnings, typed failures, and peers and databases that are away', async () => {
    logger.warn({ err: new Error('odd') }, 'the relay could not start a run');
    logger.error({ companyId: 7 }, 'Pipedrive refused a part');
    logger.error({ err: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }, 'unexpected error');
    logger.error({ err: Object.assign(new Error('x'), { code: '57P01' }) }, 'unexpected error');
    const sdk = temporalLogger(logger);
    const typed = Object.assign(new Error('UnknownSalesPerson'), { name: 'ApplicationFailure' });
    sdk.warn('Activity failed', { error: typed });
    sdk.warn('Workflow failed', { error: new Error('UnknownSalesPerson') });
    assert.deepEqual(await sent(), []);
    assert.equal(log.length, 6);
  });

  it('reports what an activity or a workflow throws by mistake', async () => {
    const sdk = temporalLogger(logger);
    sdk.warn('Activity failed', { error: new Error('odd'), activityType: 'applyTcClient', attempt: 3 });
    sdk.warn('Workflow failed', { error: new TypeError('odd'), workflowType: 'CompanySync' });
    const events = await sent();
    assert.deepEqual(
      events.map(({ extra }) => extra),
      [{ activityType: 'applyTcClient', attempt: 3 }, { workflowType: 'CompanySync' }],
    );
  });

  it('reports a storm once', async () => {
    for (let n = 0; n < 50; n += 1) logger.error({ err: new Error(`odd ${n}`) }, 'unexpected error');
    logger.error({ err: new RangeError('odd') }, 'unexpected error');
    assert.equal((await sent()).length, 2);
  });

  it('harms nobody when Sentry is away', async () => {
    await sentry.close();
    logger.fatal({ err: new Error('odd') }, 'unexpected error');
    await reports.flush();
    sentry = await startReceiver();
    assert.equal(log.length, 1);
  });

  it('does nothing without a DSN', async () => {
    const off = await startErrorReports(undefined, 'api');
    off.report({ error: new Error('odd'), sentence: 'unexpected error', fatal: false, fields: {} });
    await off.flush();
  });
});
