import assert from 'node:assert/strict';
import { planSync, type PlanInput } from '../../../domain/pipedrive/plan.ts';
import { planInput, plannedContact, plannedDeal, plannedMeeting } from './support.ts';

const callsOf = (input: PlanInput): string[] =>
  planSync(input).map(({ call, recordId }) => `${call} ${recordId}`);

describe('the plan of a sync', () => {
  it('SYN-46: nothing is due when Pipedrive holds what is wanted', () => {
    const input = planInput({}, { contacts: [plannedContact()], deals: [plannedDeal()] });
    assert.deepEqual(callsOf(input), []);
  });

  it('SYN-03, SYN-11, SYN-15, ACT-04: what is not linked is created, the organization first', () => {
    const input = planInput(
      { pd_org_id: null, known: null },
      {
        contacts: [plannedContact({ pd_person_id: null, known: null })],
        deals: [plannedDeal({ pd_deal_id: null, known: null })],
        meetings: [plannedMeeting()],
      },
    );
    assert.deepEqual(callsOf(input), [
      'linkOrganization 1',
      'createPerson 7',
      'createDeal 9',
      'createActivity 3',
    ]);
  });

  it('SYN-04, SYN-33: an update names the fields that differ, and only those', () => {
    const [step] = planSync(planInput({ known: { name: 'Harbor Tutors', owner_id: 101 } }));
    assert.deepEqual(step, { call: 'updateOrganization', recordId: 1, fields: ['name'] });
  });

  it('a linked record whose state is unknown is read once before its first change', () => {
    const input = planInput(
      { known: null },
      { contacts: [plannedContact({ known: null })], deals: [plannedDeal({ known: null })] },
    );
    assert.deepEqual(callsOf(input), ['readOrganization 1', 'readPerson 7', 'readDeal 9']);
  });

  it('SYN-12, SYN-13: a deleted contact gets no person', () => {
    const contacts = [plannedContact({ pd_person_id: null, known: null, is_deleted: true })];
    assert.deepEqual(callsOf(planInput({}, { contacts })), []);
  });

  it('PDO-31, PDO-32: a company deleted in Pipedrive causes no call, also when it is NARC', () => {
    const rest = {
      contacts: [plannedContact()],
      deals: [plannedDeal({ status: 'lost' }), plannedDeal({ id: 10, pd_deal_id: null })],
    };
    for (const narc of [false, true]) {
      for (const deleted_by of ['pipedrive', null]) {
        const company = { is_deleted: true, deleted_by, narc, pd_org_id: null, known: null };
        assert.deepEqual(callsOf(planInput(company, rest)), []);
      }
    }
  });

  it('TCX-01: of a company deleted in TC2 only the deals that Hermes closed are closed', () => {
    const input = planInput(
      { is_deleted: true, deleted_by: 'tc2', known: { name: 'Old name' } },
      {
        contacts: [plannedContact({ known: { name: 'Old name' } })],
        deals: [
          plannedDeal({ status: 'lost' }),
          plannedDeal({ id: 10, status: 'won', known: { status: 'open' } }),
          plannedDeal({ id: 11, status: 'lost', known: { status: 'lost' } }),
          plannedDeal({ id: 12, status: 'lost', pd_deal_id: null, known: null }),
        ],
      },
    );
    assert.deepEqual(callsOf(input), ['updateDeal 9']);
  });

  it('NARC-09: a deal that Hermes closed while Pipedrive has it open is closed there; an unknown one is read first', () => {
    const deals = [
      plannedDeal({ status: 'lost' }),
      plannedDeal({ id: 10, status: 'lost', known: null }),
      plannedDeal({ id: 11, status: 'lost', known: { status: 'won' } }),
      plannedDeal({ id: 12, status: 'lost', known: { title: 'Harbour Tutors' } }),
    ];
    assert.deepEqual(planSync(planInput({}, { deals })), [
      { call: 'updateDeal', recordId: 9, fields: ['status'] },
      { call: 'readDeal', recordId: 10, fields: [] },
      { call: 'readDeal', recordId: 12, fields: [] },
    ]);
  });

  it('NARC-02: nothing of a NARC company is created', () => {
    const rest = {
      contacts: [plannedContact({ pd_person_id: null })],
      deals: [plannedDeal({ pd_deal_id: null })],
      meetings: [plannedMeeting()],
    };
    assert.deepEqual(callsOf(planInput({ narc: true, pd_org_id: null, known: null }, rest)), []);
  });

  it('NARC-03, NARC-04, NARC-05: a NARC company leaves Pipedrive: deals, persons, organization, whatever their state', () => {
    const rest = {
      contacts: [plannedContact(), plannedContact({ id: 8, pd_person_id: 71, is_deleted: true })],
      deals: [plannedDeal({ status: 'lost' }), plannedDeal({ id: 10, pd_deal_id: 91, status: 'won' })],
      meetings: [
        plannedMeeting({ pd_activity_id: 30 }),
        plannedMeeting({ id: 4, pd_activity_id: 31, status: 'CANCELED' }),
        plannedMeeting({ id: 5, status: 'CANCELED' }),
      ],
    };
    assert.deepEqual(callsOf(planInput({ narc: true }, rest)), [
      'deleteActivity 4',
      'deleteDeal 9',
      'deleteDeal 10',
      'deletePerson 7',
      'deletePerson 8',
      'deleteOrganization 1',
    ]);
  });

  it('SYN-19: a deal that Pipedrive closed is not written to, whatever differs', () => {
    for (const status of ['won', 'lost', 'deleted']) {
      for (const paid_invoice_count of [0, 5]) {
        const deals = [plannedDeal({ known: { title: 'Old', status } })];
        assert.deepEqual(callsOf(planInput({ paid_invoice_count }, { deals })), []);
      }
    }
  });

  it('SYN-44: a linked deal is not created again; SYN-47: a renamed one is renamed', () => {
    const deals = [plannedDeal({ known: { title: 'Old', 'custom_fields.h_count': '5', status: 'open' } })];
    assert.deepEqual(planSync(planInput({}, { deals })), [
      { call: 'updateDeal', recordId: 9, fields: ['title'] },
    ]);
  });

  it('SYN-65, OPS-17: won, lost and deleted deals are left alone', () => {
    for (const status of ['won', 'deleted']) {
      const deals = [plannedDeal({ status, known: { title: 'Old', status: 'open' } })];
      assert.deepEqual(callsOf(planInput({ paid_invoice_count: 3 }, { deals })), []);
    }
  });

  it('OPS-01, OPS-03: an open deal of a paying company gets its count without being read', () => {
    const deals = [plannedDeal({ known: null })];
    assert.deepEqual(planSync(planInput({ paid_invoice_count: 5 }, { deals })), [
      { call: 'updateDeal', recordId: 9, fields: ['custom_fields.h_count'] },
    ]);
  });

  it('OPS-01: a count that is known to be there is not written again', () => {
    const deals = [plannedDeal({ known: { 'custom_fields.h_count': 5 } })];
    assert.deepEqual(callsOf(planInput({ paid_invoice_count: 5 }, { deals })), []);
  });

  it('OPS-02, OPS-18: the deal of a company that does not pay is synced in full', () => {
    assert.deepEqual(callsOf(planInput({}, { deals: [plannedDeal({ known: null })] })), ['readDeal 9']);
    const onlyCountKnown = plannedDeal({ known: { 'custom_fields.h_count': '5', status: 'open' } });
    assert.deepEqual(callsOf(planInput({}, { deals: [onlyCountKnown] })), ['readDeal 9']);
  });

  it('OPS-06, OPS-11, OPS-13, OPS-16: no deal of a paying company is created, but the one a visitor booked', () => {
    const deals = [
      plannedDeal({ pd_deal_id: null, known: null }),
      plannedDeal({ id: 10, pd_deal_id: null, known: null, booked: true }),
    ];
    assert.deepEqual(callsOf(planInput({ paid_invoice_count: 5 }, { deals })), ['createDeal 10']);
  });

  it('OPS-07: no count known, no request', () => {
    const deals = [plannedDeal({ wantedCount: {}, known: null })];
    assert.deepEqual(callsOf(planInput({ paid_invoice_count: 5 }, { deals })), []);
  });

  it('CBS-48: with SYNC_CREATE_DEALS=false no deal is created, linked ones are still written', () => {
    const deals = [
      plannedDeal({ pd_deal_id: null, known: null }),
      plannedDeal({ id: 10, known: { title: 'Old', 'custom_fields.h_count': '5' } }),
    ];
    const meetings = [plannedMeeting()];
    const contacts = [plannedContact()];
    assert.deepEqual(callsOf(planInput({}, { deals, meetings, contacts, createDeals: false })), [
      'updateDeal 10',
      'createActivity 3',
    ]);
  });

  it('CBS-49: under an organization that is made anew the activity waits until persons and deals were compared', () => {
    const meetings = [plannedMeeting()];
    const anew = planInput(
      { pd_org_id: null, known: null },
      { contacts: [plannedContact()], deals: [plannedDeal()], meetings },
    );
    assert.deepEqual(callsOf(anew), ['linkOrganization 1']);
    const contacts = [plannedContact({ pd_person_id: null })];
    assert.deepEqual(callsOf({ ...anew, contacts }), ['linkOrganization 1', 'createPerson 7']);
    assert.deepEqual(callsOf({ ...anew, contacts, deals: [plannedDeal({ status: 'won' })] }), [
      'linkOrganization 1',
      'createPerson 7',
      'createActivity 3',
    ]);
  });

  it('CBU-09: an activity is made only for a contact that is alive', () => {
    const meetings = [plannedMeeting()];
    assert.deepEqual(callsOf(planInput({}, { meetings })), []);
    const contacts = [plannedContact({ is_deleted: true })];
    assert.deepEqual(callsOf(planInput({}, { meetings, contacts })), []);
    const others = [plannedMeeting({ contact_id: 8 }), plannedMeeting({ activity_wanted: false })];
    assert.deepEqual(callsOf(planInput({}, { meetings: others, contacts: [plannedContact()] })), []);
  });

  it('ACT-01: an activity that is known to differ is updated, one of which nothing is known is left alone', () => {
    const linked = { pd_activity_id: 30, known: { subject: 'Demo' } };
    const meetings = [plannedMeeting(linked), plannedMeeting({ ...linked, id: 4, known: null })];
    assert.deepEqual(planSync(planInput({}, { meetings })), [
      { call: 'updateActivity', recordId: 3, fields: ['subject'] },
    ]);
  });

  it('SYN-48: a person that is known to differ is updated', () => {
    const contacts = [plannedContact({ known: { name: 'Nell H' } })];
    assert.deepEqual(planSync(planInput({}, { contacts })), [
      { call: 'updatePerson', recordId: 7, fields: ['name'] },
    ]);
  });

  it('a cancelled meeting takes its activity away, one that had none is left alone', () => {
    const meetings = [
      plannedMeeting({ status: 'CANCELED', pd_activity_id: 30 }),
      plannedMeeting({ id: 4, status: 'CANCELED' }),
    ];
    assert.deepEqual(callsOf(planInput({}, { meetings, contacts: [plannedContact()] })), [
      'deleteActivity 3',
    ]);
  });
});
