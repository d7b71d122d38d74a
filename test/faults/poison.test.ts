/** An event that cannot be applied, whatever is tried, and the events beside it. */
import assert from 'node:assert/strict';
import { clientEvent } from '../../sandbox/tc2/events.ts';
import { eventually, useHermes } from '../support/hermes.ts';
import { signUp } from '../support/tc2Flow.ts';

/** Clients whose runs, two for each, are more than the workflow tasks that a worker works on at once. */
const poisoned = 25;

describe('a poison event', () => {
  const hermes = useHermes();
  beforeEach(() => hermes.reset());

  it('that a fault of ours makes fail again and again holds up no neighbour, and heals with the fault', async function () {
    this.timeout(180_000);
    await hermes.db.raw(`
      create function refuse_poison() returns trigger language plpgsql as $$
        begin raise exception 'poison'; end $$;
      create trigger poison before insert on company for each row when (new.name like 'Poison%')
        execute function refuse_poison();`);
    for (let number = 1; number <= poisoned; number += 1) {
      signUp(hermes, { meta_agency: { name: `Poison ${number}` } });
    }
    const companies = (name: string) => hermes.db('company').where('name', 'like', `${name}%`).pluck('id');
    await eventually('every poisoned run has begun', async () => {
      const { count } = await hermes.temporal.workflow.count(
        `WorkflowType = 'TcClientUpdated' and ExecutionStatus = 'Running'`,
      );
      return count === 2 * poisoned;
    });

    for (let number = 1; number <= 5; number += 1) {
      signUp(hermes, { meta_agency: { name: `Healthy ${number}` } });
    }
    await eventually(
      'the neighbours are in Pipedrive',
      () => hermes.pipedrive.organizations.size === 5,
      60_000,
    );
    assert.equal((await companies('Healthy')).length, 5);
    assert.equal((await companies('Poison')).length, 0);
    const stuck = async (): Promise<number> =>
      (await hermes.temporal.workflow.count(`HermesFailure = 'Stuck' and ExecutionStatus = 'Running'`)).count;
    await eventually(
      'operators find the poisoned runs',
      async () => (await stuck()) === 2 * poisoned,
      60_000,
    );

    await hermes.db.raw('drop trigger poison on company; drop function refuse_poison()');
    await eventually(
      'the poisoned ones are applied',
      async () => (await companies('Poison')).length === poisoned,
      60_000,
    );
    await hermes.quiet();
    assert.equal((await hermes.temporal.workflow.count(`HermesFailure = 'Stuck'`)).count, 0);
    assert.equal(await hermes.db('webhook').where({ outcome: 'failed' }).first('id'), undefined);
  });

  it('that nobody can read fails alone in its batch, and shows', async () => {
    const { tc2 } = hermes;
    tc2.settings.webhook = null;
    const [first, second, third] = [1, 2, 3].map((number) =>
      clientEvent(signUp(hermes, { meta_agency: { name: `Batch ${number}` } })),
    );
    tc2.settings.webhook = { url: `${hermes.url}/tc2/callback/` };
    assert.ok(first && second && third);
    const broken = { ...second, subject: { ...second.subject, meta_agency: { name: [] }, user: 7 } };
    await tc2.send([first, broken, third]);
    await hermes.quiet();
    const [envelope] = await hermes.db('webhook').whereNotNull('envelope_id').pluck<number[]>('envelope_id');
    assert.ok(envelope);
    const rows = (await hermes
      .db('webhook')
      .where({ id: envelope })
      .orWhere({ envelope_id: envelope })
      .orderBy('event_index')
      .select('outcome', 'reason', 'workflow_id')) as {
      outcome: string;
      reason: string | null;
      workflow_id: string;
    }[];
    assert.deepEqual(
      rows.map(({ outcome }) => outcome),
      ['applied', 'failed', 'applied'],
    );
    assert.ok(rows[1]?.reason);
    const run = await hermes.temporal.workflow.getHandle(rows[1].workflow_id).describe();
    assert.equal(run.status.name, 'FAILED');
    assert.equal((run.searchAttributes['HermesFailure'] as string[]).length, 1);
    assert.equal(hermes.pipedrive.organizations.size, 2);
  });
});
