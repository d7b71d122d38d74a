import assert from 'node:assert/strict';
import type { FieldMap } from '../../../domain/pipedrive/fieldMap.ts';
import type { Fields } from '../../../domain/pipedrive/fields.ts';
import { copiedFields } from '../../../domain/pipedriveWebhook/copiedFields.ts';
import {
  hasUndone,
  joinedFields,
  judge,
  type JudgedRecord,
  type Judgement,
} from '../../../domain/pipedriveWebhook/judge.ts';
import type { FieldStatus, RecentWrite } from '../../../domain/pipedriveWebhook/news.ts';
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
  subject?: Partial<KnownSubject>;
}

const subjectOf = (
  reported: Fields,
  { known = {}, changed = null, writes = [], subject = {} }: Before = {},
): KnownSubject => ({
  id: 20,
  report: { fields: reported, fromApp: true, changed },
  isCreate: false,
  isReading: false,
  mergedTo: null,
  mergedFrom: null,
  happenedAt: now,
  record: { known, deleted_at: null, deletion_ordered_at: null, recent_writes: writes },
  ...subject,
});

const judged = (reported: Fields, before: Before = {}): Judgement => {
  const { record = {} } = before;
  return judge(subjectOf(reported, before), fields, 'custom_fields.h', {
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

    const support = (change: Partial<JudgedRecord>, known: Fields = {}): unknown => {
      const before = { record: { ...record, ...change }, known, subject: { isReading: true } };
      return judged({ 'custom_fields.s': 101 }, before).columns['support_person_id'];
    };
    assert.equal(support({}), undefined, 'a reading enters nothing');
    assert.equal(support({}, { 'custom_fields.s': 102 }), 1, 'it was another');
    assert.equal(support({ row: { support_person_id: null } }), 1, 'Hermes holds nobody');
    assert.equal(support({ wanted: {} }), 1, 'the field is not mapped');
    assert.equal(support({ wanted: { 'custom_fields.s': 103 } }), 1, 'Hermes can name whom it holds');
  });

  it('a write of ours that came over another’s edit is seen by its echo', () => {
    const undone = (status: FieldStatus, known: Fields | null, wanted: string, reported: string): boolean => {
      const judgement = judged({});
      const statuses = new Map<string, FieldStatus>([['other', 'same']]).set('name', status);
      const standing = { ...judgement.standing, known, wanted: { name: wanted } };
      const report = { fields: { name: reported }, fromApp: false, changed: null };
      return hasUndone(report, { ...judgement, statuses, standing });
    };
    assert.equal(undone('echo', { name: 'Theirs' }, 'Theirs', 'Ours'), true);
    assert.equal(undone('oldEcho', { name: 'Theirs' }, 'Theirs', 'Ours'), false);
    assert.equal(undone('echo', { name: 'Theirs' }, 'Theirs', 'Theirs'), false);
    assert.equal(
      undone('echo', { name: 'Theirs' }, 'Newer', 'Ours'),
      false,
      'it is to be written in any case',
    );
    for (const unknown of [{}, null]) assert.equal(undone('echo', unknown, '', 'Ours'), false);
  });

  it('PDM-26: what a reading shows joined is written again, where Hermes holds another value', () => {
    const joined = (reported: Fields, wanted: Fields, isReading = true): string[] => {
      const before = { subject: { isReading }, known: { 'custom_fields.w': null } };
      return joinedFields(subjectOf(reported, before), judged(reported, before), wanted);
    };
    const field = 'custom_fields.w';
    const two = { name: 'Acme, Inc', [field]: 'https://a.example, https://b.example' };
    assert.deepEqual(joined(two, { name: 'Acme', [field]: 'https://a.example' }), [field]);
    assert.deepEqual(
      joined(two, { [field]: 'https://a.example' }, false),
      [],
      'a webhook waits for a reading',
    );
    assert.deepEqual(joined(two, { [field]: null }), []);
    assert.deepEqual(joined(two, { ...two }), []);
    assert.deepEqual(joined({ [field]: '' }, { [field]: 'https://a.example' }), []);
  });

  it('PDM-27: a merge shows in its event; what is held already was not joined', () => {
    const text = 'one, two';
    const website = (before: Before) => judged({ 'custom_fields.w': text }, before).columns['website'];
    assert.equal(website({ subject: { mergedFrom: 21 } }), undefined);
    const urls = 'https://a.example, https://b.example';
    const seats = judged({ 'custom_fields.w': urls, 'custom_fields.n': text }).statuses.get(
      'custom_fields.n',
    );
    assert.equal(seats, 'silent', 'also when hermes_id is single: the joined website shows it');
    assert.equal(judged({ 'custom_fields.n': text }).statuses.get('custom_fields.n'), 'news');
    const merged = { subject: { mergedFrom: 21 }, known: { 'custom_fields.w': 'before' } };
    const record = { row: { website: text }, wanted: {} };
    assert.equal(
      judged({ 'custom_fields.w': text }, { ...merged, record }).statuses.get('custom_fields.w'),
      'news',
    );
    assert.equal(judged({ title: 'a, b' }).statuses.size, 0, 'a field that is not copied is not judged');
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
    const gone = { ...subjectOf({}, { known }).record, deleted_at: now };
    const back = { subject: { record: gone } };
    assert.deepEqual(judged({ name: 'Acme Ltd' }, back).columns, known, 'nor of one that comes back');
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
