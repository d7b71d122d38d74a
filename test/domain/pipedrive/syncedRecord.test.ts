import assert from 'node:assert/strict';
import { syncedRecord } from '../../../domain/pipedrive/syncedRecord.ts';
import { planInput, plannedContact, plannedDeal, plannedMeeting } from './support.ts';

describe('domain/pipedrive/syncedRecord', () => {
  const deals = [plannedDeal()];

  it('a create sends what is filled, with what only a create says', () => {
    const input = planInput({}, { contacts: [plannedContact()], deals });
    assert.deepEqual(syncedRecord(input, 'organization', 1)?.created, { name: 'Harbour Tutors' });
    assert.deepEqual(syncedRecord(input, 'person', 7)?.created, {
      name: 'Nell Harbour',
      marketing_status: 'subscribed',
    });
    assert.deepEqual(syncedRecord(input, 'deal', 9)?.created, {
      title: 'Harbour Tutors',
      'custom_fields.h_count': '5',
      pipeline_id: 1,
      stage_id: 11,
      status: 'open',
    });
  });

  it('nothing is created without an organization, nor for what has ended', () => {
    const meetings = [plannedMeeting({ wanted: { participants: [{ person_id: 70, primary: true }] } })];
    const orphans = planInput({ pd_org_id: null }, { contacts: [plannedContact()], deals, meetings });
    const ended = planInput(
      {},
      {
        contacts: [plannedContact({ is_deleted: true })],
        deals: [plannedDeal({ status: 'lost' })],
        meetings: meetings.map((meeting) => ({ ...meeting, status: 'CANCELED' })),
      },
    );
    for (const input of [orphans, ended]) {
      assert.equal(syncedRecord(input, 'person', 7)?.created, null);
      assert.equal(syncedRecord(input, 'deal', 9)?.created, null);
      assert.equal(syncedRecord(input, 'activity', 3)?.created, null);
    }
    assert.notEqual(syncedRecord(planInput({}, { meetings }), 'activity', 3)?.created, null);
  });

  it('an update of a paying company’s deal sends its count only; of a lost one that it is lost', () => {
    const open = syncedRecord(planInput({ paid_invoice_count: 5 }, { deals }), 'deal', 9);
    assert.deepEqual(open?.changes({}), { 'custom_fields.h_count': '5' });
    const lost = syncedRecord(planInput({}, { deals: [plannedDeal({ status: 'lost' })] }), 'deal', 9);
    assert.deepEqual(lost?.changes({ status: 'open' }), { status: 'lost' });
    assert.deepEqual(lost?.changes({ status: 'won' }), {});
  });

  it('each record brings its link, what is wanted and known, and what an update sends', () => {
    const meetings = [plannedMeeting({ pd_activity_id: 30, known: { subject: 'Demo' } })];
    const input = planInput({}, { contacts: [plannedContact()], deals, meetings });
    for (const [entity, id, remoteId, wanted] of [
      ['organization', 1, 20, { name: 'Harbour Tutors' }],
      ['person', 7, 70, { name: 'Nell Harbour' }],
      ['deal', 9, 90, { title: 'Harbour Tutors', 'custom_fields.h_count': '5' }],
      ['activity', 3, 30, { subject: 'TutorCruncher demo with Sam Sales' }],
    ] as const) {
      const record = syncedRecord(input, entity, id);
      assert.ok(record?.known);
      assert.deepEqual([record.remoteId, record.wanted, record.changes({})], [remoteId, wanted, wanted]);
      assert.deepEqual(record.changes(record.known), entity === 'activity' ? wanted : {}, entity);
    }
  });

  it('an activity is made only when it is wanted and has a person to take part', () => {
    const participants = [{ person_id: 70, primary: true }];
    for (const meeting of [
      { wanted: { participants: null } },
      { wanted: { participants }, activity_wanted: false },
    ]) {
      const input = planInput({}, { meetings: [plannedMeeting(meeting)] });
      assert.equal(syncedRecord(input, 'activity', 3)?.created, null);
    }
  });

  it('a deal that is neither open nor lost is never written', () => {
    const won = syncedRecord(planInput({}, { deals: [plannedDeal({ status: 'won' })] }), 'deal', 9);
    assert.deepEqual(won?.changes({ status: 'open' }), {});
  });

  it('a record that is gone is null', () => {
    for (const entity of ['deal', 'person', 'activity'] as const) {
      assert.equal(syncedRecord(planInput(), entity, 9), null);
    }
  });
});
