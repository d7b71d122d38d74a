import assert from 'node:assert/strict';
import pg from 'pg';
import { applyEvent } from '../../activities/hermes/applyEvent.ts';
import { fileDelivery } from '../../inbox/file.ts';
import type { SourceVerdict, WebhookSource } from '../../sources/source.ts';
import type { EventSource, EventWorkflowType } from '../../workflows/names.ts';
import { startHermes, type TestHermes } from '../support/hermes.ts';
import { addCompany } from '../flow/syncSupport.ts';

/** A sender that no release knows: the names are what a new source adds to workflows/names.ts. */
const name = 'form' as EventSource;
const type = 'FormSubmitted' as EventWorkflowType;

const sourceOf = (verdict: (body: { company: number }) => SourceVerdict): WebhookSource => ({
  name,
  path: '/form/callback',
  summary: 'a form',
  isAuthentic: () => true,
  read: () => ({ ok: true, events: [] }),
  apply: { [type]: (_trx: unknown, body: unknown) => Promise.resolve(verdict(body as { company: number })) },
});

describe('an event of a further sender', () => {
  let hermes: TestHermes;
  let pool: pg.Pool;
  before(async () => {
    hermes = await startHermes();
    pool = new pg.Pool({ connectionString: hermes.databaseUrl, max: 2 });
  });
  after(async () => {
    await pool.end();
    await hermes.stop();
  });

  const file = async (body: object): Promise<number> => {
    const event = { type, subject: 'form-1', summary: 'form 1', eventAt: null, ignoredBecause: null };
    const [filed] = await fileDelivery(pool, {
      source: name,
      body: Buffer.from(JSON.stringify(body)),
      events: [{ ...event, content: body, companyBy: null }],
      startGraceSeconds: 3600,
    });
    assert.ok(filed);
    return filed.webhookId;
  };
  const apply = async (webhookId: number, verdict: (body: { company: number }) => SourceVerdict) => {
    const result = await applyEvent(hermes, [sourceOf(verdict)])({ webhookId });
    const row = (await hermes.db('webhook').where({ id: webhookId }).first('outcome', 'reason')) as object;
    return { result, row };
  };

  it('raises the wanted version when it is applied, once, however often it is tried', async () => {
    const companyId = await addCompany(hermes);
    const webhookId = await file({ company: companyId });
    const verdict = ({ company }: { company: number }): SourceVerdict => ({
      kind: 'applied',
      companyId: company,
    });
    const { result, row } = await apply(webhookId, verdict);
    assert.deepEqual(result, {
      kind: 'done',
      outcome: 'applied',
      companyId,
      syncNeeded: true,
      priority: 'webhook',
      reason: null,
    });
    assert.deepEqual(row, { outcome: 'applied', reason: null });
    assert.deepEqual((await apply(webhookId, verdict)).result, result);
    assert.deepEqual(await hermes.db('company').where({ id: companyId }).pluck('wanted_version'), [1]);
  });

  it('asks for no sync when nothing changed, and says why it was ignored or failed', async () => {
    const unchanged = await apply(await file({ n: 1 }), () => ({ kind: 'unchanged', companyId: null }));
    assert.equal(unchanged.result.kind === 'done' && unchanged.result.syncNeeded, false);
    const ignored = await apply(await file({ n: 2 }), () => ({ kind: 'ignored', reason: 'a test' }));
    assert.deepEqual(ignored.row, { outcome: 'ignored', reason: 'a test' });
    const failed = await apply(await file({ n: 3 }), () => ({
      kind: 'failed',
      type: 'UnknownCompany',
      message: 'nobody',
    }));
    assert.deepEqual(failed.row, { outcome: 'failed', reason: 'UnknownCompany: nobody' });
  });

  it('runs under its own type without a workflow of its own', async () => {
    const webhookId = await file({ n: 4 });
    const run = hermes.temporal.workflow.execute(type, {
      workflowId: 'form-1',
      taskQueue: 'hermes',
      args: [{ webhookId }],
    });
    // No source is registered for it here, which is what its run says.
    await assert.rejects(run, (error: Error) =>
      /nothing applies form FormSubmitted/.test(String(error.cause)),
    );
  });
});
