import assert from 'node:assert/strict';
import type { FieldMap } from '../../../domain/pipedrive/fieldMap.ts';
import type { Fields } from '../../../domain/pipedrive/fields.ts';
import { copiedFields } from '../../../domain/pipedriveWebhook/copiedFields.ts';
import { judge, type JudgedRecord, type Judgement } from '../../../domain/pipedriveWebhook/judge.ts';
import type { RecentWrite } from '../../../domain/pipedriveWebhook/news.ts';
import type { KnownSubject } from '../../../domain/pipedriveWebhook/subject.ts';
import { nameOf } from '../../../domain/values/text.ts';

const map: FieldMap = {
  keys: { organization: { hermes_id: 'h', website: 'w', support_person_id: 's' }, person: {}, deal: {} },
  definitions: { organization: new Map(), person: new Map(), deal: new Map() },
  customFields: [
    {
      id: 7,
      machineName: 'seats',
      entity: 'organization',
      type: 'integer',
      pipedriveKey: 'n',
      column: null,
      tc2MachineName: null,
    },
  ],
};
const fields = copiedFields(map, 'organization', {
  builtIns: { name: { column: 'name', convert: (value) => nameOf(value) ?? undefined } },
  notCopied: ['hermes_id'],
  admins: new Map([[101, 1]]),
});
const now = new Date('2026-11-20T09:00:00Z');

interface Before {
  known?: Fields | null;
  record?: Partial<JudgedRecord>;
  changed?: string[] | null;
  writes?: RecentWrite[];
}

const judged = (
  reported: Fields,
  { known = {}, record = {}, changed = null, writes = [] }: Before = {},
): Judgement => {
  const subject: KnownSubject = {
    id: 20,
    report: { fields: reported, fromApp: true, changed },
    isCreate: false,
    isReading: false,
    mergedTo: null,
    mergedFrom: null,
    happenedAt: now,
    record: { known, deleted_at: null, deletion_ordered_at: null, recent_writes: writes },
  };
  return judge(subject, fields, 'custom_fields.h', {
    row: { name: 'Acme', website: null, support_person_id: null },
    wanted: { name: 'Acme' },
    isBehind: false,
    newlyLinked: false,
    ownCreate: false,
    ...record,
  });
};

describe('domain/pipedriveWebhook/judge', () => {
  it('what Hermes cannot name in Pipedrive is replaced only by what somebody enters', () => {
    const record = {
      row: { name: 'Acme', support_person_id: 3 },
      wanted: { name: 'Acme', 'custom_fields.s': null },
    };
    const supportAfter = (changed: string[]): unknown =>
      judged({ 'custom_fields.s': 101 }, { record, changed }).columns.support_person_id;
    assert.equal(supportAfter(['name']), undefined);
    assert.equal(supportAfter(['custom_fields.s']), 1);
  });

  it('takes over what is news: built-in fields, mapped ones, and custom fields without a column', () => {
    const { columns, values, leftOut } = judged({
      name: 'Acme Ltd',
      'custom_fields.w': 'https://acme.example',
      'custom_fields.s': 101,
      'custom_fields.n': 12,
    });
    assert.deepEqual(columns, { name: 'Acme Ltd', website: 'https://acme.example', support_person_id: 1 });
    assert.deepEqual([...values], [[7, 12]]);
    assert.equal(leftOut.size, 0);
  });

  it('leaves out what cannot be taken over, and takes the rest', () => {
    const { columns, leftOut } = judged({ name: 'Acme Ltd', 'custom_fields.s': 999 });
    assert.deepEqual(columns, { name: 'Acme Ltd' });
    assert.deepEqual([...leftOut], ['custom_fields.s']);
  });

  it('takes nothing that is known, that the row holds already, that Hermes computes, or that is our own create', () => {
    assert.deepEqual(judged({ name: 'Acme Ltd' }, { known: { name: 'Acme Ltd' } }).columns, {});
    assert.deepEqual(judged({ name: 'Acme' }, { record: { wanted: {} } }).columns, {});
    assert.deepEqual(judged({ 'custom_fields.h': '9' }).columns, {});
    const { columns, statuses } = judged({ name: 'Acme Ltd' }, { record: { ownCreate: true } });
    assert.deepEqual([columns, statuses.get('name')], [{}, 'echo']);
  });

  it('what was known of another record says nothing of a newly linked one', () => {
    const known = { name: 'Acme Ltd' };
    assert.deepEqual(judged({ name: 'Acme Ltd' }, { known, record: { newlyLinked: true } }).columns, known);
  });

  it('an edit that comes late takes back nothing that Hermes wrote since, but what it is about', () => {
    const writeAt = (seconds: number, fields: Fields): RecentWrite => ({
      at: new Date(now.getTime() + seconds * 1000).toISOString(),
      fields,
    });
    const reported = { name: 'Renamed', 'custom_fields.w': 'https://old.example' };
    const known = { name: 'Acme', 'custom_fields.w': 'https://new.example' };
    const written = { 'custom_fields.w': 'https://new.example' };
    const before = { known, changed: ['name'], writes: [writeAt(3600, written)] };
    const late = judged(reported, before);
    assert.deepEqual(late.columns, { name: 'Renamed' });
    assert.equal(late.statuses.get('custom_fields.w'), 'overwritten');

    const taken = { name: 'Renamed', website: 'https://old.example' };
    assert.deepEqual(judged(reported, { ...before, writes: [writeAt(-60, written)] }).columns, taken);
    assert.deepEqual(judged(reported, { ...before, changed: ['custom_fields.w', 'name'] }).columns, taken);
    assert.deepEqual(judged(reported, { ...before, changed: [] }).columns, taken);
    assert.deepEqual(
      judged(reported, { ...before, writes: [writeAt(3600, { name: 'Acme' })] }).columns,
      taken,
    );
  });

  it('PDM-27: one joined value shows a merge, and no joined value is taken over; a name may hold a comma', () => {
    const reported = { name: 'Acme, Inc', 'custom_fields.h': '1, 2', 'custom_fields.w': 'one, two' };
    const { columns, statuses } = judged(reported);
    assert.deepEqual(columns, { name: 'Acme, Inc' });
    assert.equal(statuses.get('custom_fields.w'), 'silent');
    assert.deepEqual(judged({ 'custom_fields.w': 'one, two' }).columns, { website: 'one, two' });
  });
});
