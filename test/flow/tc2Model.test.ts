/**
 * Random histories of clients against the whole of Hermes, compared with a model of a few lines: whatever happens to a client in TC2, and
 * in whatever order, doubled or at once, the news of it arrives, in the end Hermes and Pipedrive hold what TC2 says, once.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CompanyRow } from '../../db/models/index.ts';
import {
  clientEvent,
  deletedEvent,
  exampleInvoice,
  invoiceEvent,
  type Tc2Client,
} from '../../sandbox/tc2/events.ts';
import { eventually, useHermes } from '../support/hermes.ts';
import { contactsOf, dealsOf, keyOf, quietAfterMuch } from '../support/tc2Flow.ts';
import { clientLike } from '../support/tc2Records.ts';

const clientsPerHistory = 6;
const rounds = 2;

/** What happens to a client: how it is afterwards, and how TC2 tells. */
type Happening =
  | { kind: 'paid'; count: number }
  | { kind: 'status'; status: string }
  | { kind: 'narc'; narc: boolean }
  | { kind: 'deleted' }
  | { kind: 'recovered' }
  | { kind: 'resent' }
  /** Only the invoice's event is sent. */
  | { kind: 'invoice' };

/** Told `times` times, and the later the higher `delay`. */
interface Told {
  what: Happening;
  times: number;
  delay: number;
}

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant('paid' as const), count: fc.integer({ min: 0, max: 3 }) }),
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.constantFrom('pending_email_conf', 'trial', 'active', 'terminated'),
  }),
  fc.record({ kind: fc.constant('narc' as const), narc: fc.boolean() }),
  fc.constantFrom<Happening>(
    { kind: 'deleted' },
    { kind: 'recovered' },
    { kind: 'resent' },
    { kind: 'invoice' },
  ),
);

const told: fc.Arbitrary<Told> = fc.record({
  what: happening,
  times: fc.constantFrom(1, 1, 2),
  delay: fc.nat(100),
});

/** Per round, per client: at least one thing. */
const history = fc.array(
  fc.array(fc.array(told, { minLength: 1, maxLength: 4 }), {
    minLength: clientsPerHistory,
    maxLength: clientsPerHistory,
  }),
  { minLength: rounds, maxLength: rounds },
);

/** The model: a client as TC2 has it. */
interface Truth {
  client: Tc2Client;
  exists: boolean;
}

const newTruth = (index: number): Truth => ({
  client: clientLike({
    id: 90_000 + index,
    meta_agency: { id: 95_000 + index, name: `Agency ${index}` },
    user: { email: `client${index}@harbour-tutors.example`, phone: `+44770090${1000 + index}` },
    paid_recipients: [
      {
        id: 97_000 + index,
        first_name: 'R',
        last_name: `Recipient ${index}`,
        email: `r${index}@harbour-tutors.example`,
      },
    ],
    extra_attrs: [],
  }),
  exists: true,
});

const happen = (truth: Truth, what: Happening): void => {
  const agency = truth.client.meta_agency;
  assert.ok(agency);
  truth.exists = what.kind !== 'deleted' && (truth.exists || what.kind !== 'invoice');
  if (what.kind === 'paid') agency.paid_invoice_count = what.count;
  if (what.kind === 'invoice' && truth.exists) agency.paid_invoice_count += 1;
  if (what.kind === 'status') agency.status = what.status;
  if (what.kind === 'narc') agency.narc = what.narc;
};

const eventOf = ({ client, exists }: Truth, what: Happening, at: Date): unknown => {
  if (what.kind === 'invoice') {
    return invoiceEvent(
      { ...exampleInvoice, client: { ...exampleInvoice.client, id: client.id } },
      'CLIENT_PAID_INVOICE',
      at,
    );
  }
  return exists ? clientEvent(structuredClone(client), 'EDITED_A_CLIENT', at) : deletedEvent(client, at);
};

describe('any history of clients', () => {
  const hermes = useHermes();

  /** Tells what happened in a round, all clients at once. */
  const tell = async (truths: readonly Truth[], round: readonly (readonly Told[])[]): Promise<void> => {
    const longest = Math.max(...round.map((list) => list.length));
    const begin = Date.now() + 1;
    // Everything happens before it is told, and after what the last round was told.
    await eventually('the clock goes on', () => Date.now() > begin + longest);
    const deliveries: { delay: number; event: unknown; times: number }[] = [];
    round.forEach((list, index) => {
      const truth = truths[index];
      assert.ok(truth);
      list.forEach(({ what, times, delay }, step) => {
        happen(truth, what);
        deliveries.push({ delay, times, event: eventOf(truth, what, new Date(begin + step)) });
      });
      const { clients } = hermes.tc2.state;
      const held = clients.get(truth.client.id)?.extra_attrs ?? [];
      if (truth.exists) clients.set(truth.client.id, { ...structuredClone(truth.client), extra_attrs: held });
      else clients.delete(truth.client.id);
    });
    deliveries.sort((a, b) => a.delay - b.delay);
    await Promise.all(deliveries.map(({ event, times }) => hermes.tc2.send([event], { times })));
    await quietAfterMuch(hermes);
  };

  const alive = <T extends { is_deleted: boolean }>(records: ReadonlyMap<number, T>): T[] =>
    [...records.values()].filter((record) => !record.is_deleted);

  const agree = async (truth: Truth, company: CompanyRow | undefined): Promise<void> => {
    const agency = truth.client.meta_agency;
    assert.ok(agency);
    if (company === undefined) {
      // Only a client that was never heard of alive is unknown.
      assert.equal(truth.exists, false, `client ${truth.client.id} is missing`);
      return;
    }
    assert.equal(company.is_deleted, !truth.exists, `client ${truth.client.id} deleted`);
    const contacts = await contactsOf(hermes, company.id);
    const deals = await dealsOf(hermes, company.id);
    assert.ok(contacts.length <= 1 && deals.length <= 1);
    const organization = hermes.pipedrive.organizations.get(company.pd_org_id ?? 0);
    if (truth.exists) {
      assert.deepEqual(
        [company.tc2_status, company.paid_invoice_count, company.narc],
        [agency.status, agency.paid_invoice_count, agency.narc],
      );
      assert.equal(contacts.length, agency.narc === true ? contacts.length : 1);
      assert.equal(organization !== undefined, agency.narc !== true);
    }
    if (company.narc) {
      assert.deepEqual(
        [
          company.pd_org_id,
          ...contacts.map((one) => one.pd_person_id),
          ...deals.map((one) => one.pd_deal_id),
        ].filter((id) => id !== null),
        [],
      );
    } else if (truth.exists && organization !== undefined) {
      assert.equal(organization.is_deleted, false);
      assert.equal(organization.custom_fields[keyOf('organization', 'hermes_id')], String(company.id));
      assert.equal(organization.custom_fields[keyOf('organization', 'tc2_status')], agency.status);
      assert.equal(
        organization.custom_fields[keyOf('organization', 'paid_invoice_count')],
        String(agency.paid_invoice_count),
      );
      const attributes = hermes.tc2.state.clients.get(truth.client.id)?.extra_attrs ?? [];
      assert.equal(
        String(attributes.find((one) => one.machine_name === 'pipedrive_id')?.value),
        String(company.pd_org_id),
      );
    }
    for (const contact of contacts) {
      if (contact.pd_person_id === null) continue;
      assert.equal(hermes.pipedrive.persons.get(contact.pd_person_id)?.org_id, company.pd_org_id);
    }
    for (const deal of deals) {
      assert.ok(!company.narc || deal.status === 'lost');
      assert.ok(company.tc2_status !== 'terminated' || deal.status === 'lost');
      if (deal.pd_deal_id === null) continue;
      assert.equal(hermes.pipedrive.deals.get(deal.pd_deal_id)?.status, deal.status);
    }
  };

  const noDuplicates = async (): Promise<void> => {
    const tables = [
      ['company', 'pd_org_id', hermes.pipedrive.organizations],
      ['contact', 'pd_person_id', hermes.pipedrive.persons],
      ['deal', 'pd_deal_id', hermes.pipedrive.deals],
    ] as const;
    for (const [table, column, records] of tables) {
      const linked = await hermes.db(table).whereNotNull(column).orderBy(column).pluck<number[]>(column);
      assert.deepEqual(
        alive<{ id: number; is_deleted: boolean }>(records).map(({ id }) => id),
        linked,
        `${table}: every record in Pipedrive has its row, and every row one record`,
      );
    }
  };

  it('ends with Hermes, Pipedrive and TC2 in agreement, and nothing twice', async function () {
    this.timeout(180_000);
    await fc.assert(
      fc.asyncProperty(history, async (told) => {
        await hermes.reset();
        hermes.tc2.settings.echoWriteBack = false;
        const truths = Array.from({ length: clientsPerHistory }, (_, index) => newTruth(index));
        for (const round of told) await tell(truths, round);
        for (const truth of truths) {
          const company = (await hermes
            .db('company')
            .where({ tc2_cligency_id: truth.client.id })
            .first('*')) as CompanyRow | undefined;
          await agree(truth, company);
        }
        await noDuplicates();
        assert.equal((await hermes.db('webhook').where({ outcome: 'failed' })).length, 0);
      }),
      { numRuns: 3, endOnFailure: true },
    );
  });
});
