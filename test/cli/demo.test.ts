import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { playScenarios } from '../../cli/demo/run.ts';
import { scenarios, type ScenarioName } from '../../cli/demo/scenarios.ts';
import type { DemoStack } from '../../cli/demo/stack.ts';
import { record } from '../../dev/leftovers.ts';
import { writeStackFile } from '../../dev/stackFile.ts';
import { hearPipedrive } from '../support/hearPipedrive.ts';
import { useHermes } from '../support/hermes.ts';
import { runHermes } from './runHermes.ts';

describe('hermes demo', () => {
  describe('without a running stack', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'hermes-demo-'));
    });
    afterEach(() => rm(folder, { recursive: true }));

    const demo = () => runHermes(['demo'], { HERMES_STATE_DIR: folder });

    it('lists the scenarios in its help', async () => {
      const { code, stdout } = await runHermes(['demo', '--help']);
      assert.equal(code, 0);
      for (const { name, summary } of scenarios) assert.ok(stdout.includes(name) && stdout.includes(summary));
    });

    it('says how to start one', async () => {
      const { code, stdout, stderr } = await demo();
      assert.equal(code, 1);
      assert.equal(
        stderr,
        'Hermes is not running here. Start it with `npm start`, then try again in another terminal.\n',
      );
      assert.equal(stdout, '');
    });

    it('does not take the file of a stack that was killed, or a damaged one, for a stack', async () => {
      writeStackFile(folder, {
        supervisor: { pid: 1, command: 'node gone.mjs' },
        children: [],
        startedAt: '2026-11-23T00:00:00Z',
      });
      assert.match((await demo()).stderr, /^Hermes is not running here/);
      await writeFile(path.join(folder, 'stack.json'), '{"supervisor":');
      assert.match((await demo()).stderr, /^Hermes is not running here/);
    });

    it('says so when the stack is not up yet', async () => {
      const self = record(process.pid);
      assert.ok(self);
      writeStackFile(folder, { supervisor: self, children: [], startedAt: '2026-11-23T00:00:00Z' });
      const { code, stderr } = await demo();
      assert.equal(code, 1);
      assert.match(stderr, /^Hermes is still starting/);
    });

    it('refuses a scenario that there is not', async () => {
      const { code, stderr } = await runHermes(['demo', 'client', 'party']);
      assert.equal(code, 2);
      assert.match(stderr, /^There is no scenario "party", but client, /);
    });
  });

  describe('with a running stack', () => {
    const hermes = useHermes();
    beforeEach(() => hermes.reset());

    const stackOf = (): DemoStack => ({
      addresses: {
        api: hermes.url,
        pipedrive: hermes.environment.PD_BASE_URL,
        tc2: hermes.environment.TC2_BASE_URL,
        temporalUi: 'http://ui.example',
      },
      tc2Key: 'tc2-sandbox-key',
      db: hermes.db,
      temporal: hermes.temporal,
    });

    /** What the demo tells, scenario by scenario. */
    const play = async (...names: ScenarioName[]): Promise<string[]> => {
      const stdout = new PassThrough();
      const told = text(stdout);
      await playScenarios(stackOf(), names, stdout);
      stdout.end();
      const plays = new RegExp(`^(?:${scenarios.map(({ name }) => name).join('|')}): `, 'm');
      return (await told).split(plays).slice(1);
    };

    it('tells each step of a new agency on its way to Pipedrive, with links', async () => {
      const [story] = await play('client');
      assert.ok(story);
      for (const step of [
        /Inbox +webhook \d+: TC2 client 70412, /,
        /Temporal +TcClientUpdated runs as tc-client-70412-[0-9a-f]{12}/,
        /http:\/\/ui\.example\/namespaces\/test-[^/]+\/workflows\/tc-client-70412-[0-9a-f]{12}\/[0-9a-f-]{36}\/timeline/,
        /Records +company \d+: \d+ fields/,
        /Hermes +webhook \d+ applied, company \d+/,
        /Temporal +CompanySync runs as company-sync-\d+/,
        /Pipedrive +POST +\/api\/v2\/organizations +200 .* organization of company \d+/,
        /Pipedrive +POST +\/api\/v2\/persons +200 .* person of contact \d+/,
        /Pipedrive +POST +\/api\/v2\/deals +200 .* deal \d+/,
        /\d+ API calls: \d+ to Pipedrive, 1 to TutorCruncher\./,
        /\/#organization-\d+\n/,
      ]) {
        assert.match(story, step);
      }
      assert.equal(hermes.pipedrive.organizations.size, 1);
    });

    it('shows that the unchanged agency costs no API call', async () => {
      const [, again] = await play('client', 'client');
      assert.ok(again);
      assert.match(again, /sends client 70412, signed: POST \/tc2\/callback\//);
      assert.match(again, /API +answered 200 in \d+ ms/);
      assert.match(again, /webhook \d+ unchanged, company \d+/);
      assert.match(again, /No API call: nothing differed/);
    });

    it('signs the agency up first where a scenario needs it, and sends only what differs', async () => {
      const [first, change] = await play('change');
      assert.ok(first !== undefined && change !== undefined);
      assert.match(first, /POST +\/api\/v2\/organizations/);
      assert.match(change, /Records +company \d+: .*tc2_status/);
      assert.match(change, /PATCH +\/api\/v2\/organizations\/:id/);
      assert.doesNotMatch(change, /POST +\/api\/v2|PATCH +\/api\/v2\/persons/);
    });

    it('counts a paid invoice after reading the client afresh', async () => {
      const [, invoice] = await play('client', 'invoice');
      assert.ok(invoice);
      assert.match(invoice, /TcInvoiceUpdated runs as /);
      assert.match(invoice, /TutorCruncher +GET +\/api\/clients\/:id\//);
      assert.match(invoice, /Records +company \d+: paid_invoice_count/);
    });

    it('takes over what a salesperson renames in Pipedrive, without a call', async () => {
      hearPipedrive(hermes, 'organization');
      const [, edit] = await play('client', 'edit');
      assert.ok(edit);
      assert.match(edit, /PdOrganizationUpdated runs as /);
      assert.match(edit, /Records +company \d+: name/);
      assert.match(edit, /No API call/);
    });

    it('keeps the agency on its organization through a merge, and lets it go with a deletion', async () => {
      hearPipedrive(hermes, 'organization');
      const [, merge, remove] = await play('client', 'merge', 'remove');
      assert.ok(merge !== undefined && remove !== undefined);
      assert.match(merge, /merges organization \d+, typed in by hand, into organization \d+/);
      assert.match(merge, /PdOrganizationUpdated runs as /);
      assert.match(remove, /deletes organization \d+/);
      assert.match(remove, /Records +company \d+: .*is_deleted/);
      const agency = (await hermes.db('company').where({ tc2_cligency_id: 70_412 }).first()) as {
        is_deleted: boolean;
        pd_org_id: number | null;
      };
      assert.deepEqual([agency.is_deleted, agency.pd_org_id], [true, null]);
      await hermes.reset();
    });

    it('books a sales call, and the meeting follows to Pipedrive', async () => {
      const [, booking] = await play('client', 'booking');
      assert.ok(booking);
      assert.match(booking, /API +answered 200 in \d+ ms/);
      assert.match(booking, /SalesCallBooked runs as /);
      assert.match(booking, /Google +POST/);
      assert.match(booking, /Pipedrive +POST +\/api\/v2\/activities/);
    });

    it('takes a NARC agency out of Pipedrive, and brings it back as a real one', async () => {
      const [, narc, back] = await play('client', 'narc', 'client');
      assert.ok(narc !== undefined && back !== undefined);
      assert.match(narc, /DELETE +\/api\/v2\/organizations\/:id/);
      assert.match(back, /NARC taken off/);
      assert.match(back, /POST +\/api\/v2\/organizations/);
    });

    it('deletes the client and recovers it', async () => {
      const [, deleted, back] = await play('client', 'delete', 'client');
      assert.ok(deleted !== undefined && back !== undefined);
      assert.match(deleted, /TcClientDeleted runs as /);
      assert.match(back, /the deleted client is recovered/);
      assert.match(back, /webhook \d+ applied/);
    });

    it('prints nothing personal', async () => {
      const told = (await play('client')).join('');
      assert.doesNotMatch(told, /nell|@|\+44/i);
    });
  });
});
