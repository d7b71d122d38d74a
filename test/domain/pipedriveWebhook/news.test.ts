import assert from 'node:assert/strict';
import type { Fields } from '../../../domain/pipedrive/fields.ts';
import {
  learned,
  statusOf,
  writesAfter,
  writesAround,
  type FieldStatus,
  type LearnOptions,
  type RecentWrite,
  type Report,
  type Standing,
} from '../../../domain/pipedriveWebhook/news.ts';

const now = new Date('2026-11-20T09:00:00Z');

const writeAt = (minutes: number, fields: Fields = {}): RecentWrite => ({
  at: new Date(now.getTime() + minutes * 60_000).toISOString(),
  fields,
});

const standing = (overrides: Partial<Standing> = {}): Standing => ({
  known: { name: 'Acme' },
  wanted: { name: 'Acme' },
  recentWrites: [],
  laterWrites: [],
  isBehind: false,
  ...overrides,
});

const report = (fields: Fields, overrides: Partial<Report> = {}): Report => ({
  fields,
  fromApp: false,
  changed: null,
  ...overrides,
});

describe('domain/pipedriveWebhook/news', () => {
  it('an echo comes within ten minutes of its write, to either side; what was written later came after the event', () => {
    const writes = [-11, -10, 0, 10, 11].map((minutes) => writeAt(minutes));
    assert.deepEqual(writesAround(writes, now), writes.slice(1, 4));
    assert.deepEqual(writesAfter(writes, now), writes.slice(3));
  });

  describe('the status of a field', () => {
    const status = (value: unknown, held: Partial<Standing> = {}, said: Partial<Report> = {}): FieldStatus =>
      statusOf('name', report({ name: value }, said), standing(held), (one) => one === 'a, b');

    it('what is empty or joined is silent', () => {
      assert.deepEqual(
        ['', null, [], 'a, b'].map((value) => status(value)),
        Array(4).fill('silent'),
      );
    });

    it('what differs from all that Hermes knows is news', () => {
      assert.equal(status('New'), 'news');
      assert.equal(
        status('New', { known: null, isBehind: true }),
        'news',
        'the event does not say what changed',
      );
      assert.equal(status('New', { isBehind: true }, { changed: [] }), 'news', 'it was known to be another');
    });

    it('what is known, or as Hermes has it, is the same', () => {
      assert.equal(status('Acme', { wanted: { name: 'Ours' } }), 'same');
      assert.equal(status('Ours', { wanted: { name: 'Ours' } }), 'same');
      assert.equal(status('Acme', { known: null }), 'same');
    });

    it('our newest write is an echo, an older one an old echo; a person’s edit is neither', () => {
      const recentWrites = [
        writeAt(-3, { name: 'One' }),
        writeAt(-2, { name: 'Two' }),
        writeAt(-1, { other: 1 }),
      ];
      assert.equal(status('Two', { recentWrites }), 'echo');
      assert.equal(status('One', { recentWrites }), 'oldEcho');
      assert.equal(status('Three', { recentWrites }), 'news');
      assert.deepEqual(
        ['One', 'Two'].map((value) => status(value, { recentWrites }, { fromApp: true })),
        ['news', 'news'],
      );
    });

    it('an edit of another field takes back nothing that was written since', () => {
      const laterWrites = [writeAt(60, { name: 'Ours' })];
      assert.equal(status('Old', { laterWrites }, { changed: ['owner_id'] }), 'overwritten');
      assert.equal(
        status('Old', { laterWrites: [writeAt(60, { other: 1 })] }, { changed: ['owner_id'] }),
        'news',
      );
      for (const changed of [['name'], [], null])
        assert.equal(status('Old', { laterWrites }, { changed }), 'news');
    });

    it('nor anything of which Hermes holds more than it has sent, where nothing was known', () => {
      const behind = { known: null, isBehind: true };
      assert.equal(status('Old', behind, { changed: ['owner_id'] }), 'outdated');
      assert.equal(status('Old', behind, { changed: [] }), 'outdated');
      assert.equal(status('Old', behind, { changed: ['name'] }), 'news');
      assert.equal(status('Old', { known: null }, { changed: ['owner_id'] }), 'news');
    });
  });

  describe('what is known after a report', () => {
    const after = (
      fields: Fields,
      held: Partial<Standing>,
      statuses: Record<string, FieldStatus>,
      options: Partial<LearnOptions> = {},
    ): Fields | null =>
      learned(
        report(fields),
        standing(held),
        held.wanted ?? { name: 'Acme' },
        new Map(Object.entries(statuses)),
        {
          asIs: [],
          verbatim: [],
          leftOut: new Set(),
          settled: false,
          ...options,
        },
      );

    it('stays unknown where nothing was known and a change was on its way', () => {
      assert.equal(after({ name: 'New' }, { known: null }, { name: 'news' }), null);
      assert.deepEqual(after({ name: 'New' }, { known: null }, { name: 'same' }, { settled: true }), {
        name: 'New',
      });
    });

    it('is what was reported, but what says nothing, is old, or came before our write', () => {
      for (const [status, name] of [
        ['same', 'Reported'],
        ['echo', 'Reported'],
        ['outdated', 'Reported'],
        ['silent', 'Known'],
        ['oldEcho', 'Known'],
        ['overwritten', 'Known'],
        ['news', 'Ours'],
      ] as const) {
        const held = { known: { name: 'Known', title: 'T' }, wanted: { name: 'Ours' } };
        assert.deepEqual(after({ name: 'Reported' }, held, { name: status }), { name, title: 'T' }, status);
      }
    });

    it('what the event does not speak of, or could not be taken over, is as it was known, else as Hermes has it', () => {
      const held = { known: { name: 'Known' }, wanted: { name: 'Ours', owner_id: 1 } };
      assert.deepEqual(after({}, held, {}), { name: 'Known' });
      const leftOut = new Set(['name']);
      assert.deepEqual(after({ name: 'New' }, held, { name: 'news' }, { leftOut }), { name: 'Known' });
      const unknown = { known: null, wanted: { name: 'Ours' } };
      assert.deepEqual(after({}, unknown, {}, { settled: true, verbatim: ['status'] }), { name: 'Ours' });
    });

    it('lists and states are kept as reported, and what must be believed also when it is empty', () => {
      const held = {
        known: { status: 'open', hermes_id: '1, 2' },
        wanted: {},
      };
      assert.deepEqual(
        after(
          { status: 'won', hermes_id: '' },
          held,
          { status: 'news', hermes_id: 'silent' },
          {
            verbatim: ['status'],
            asIs: ['hermes_id'],
          },
        ),
        { status: 'won', hermes_id: '' },
      );
      assert.deepEqual(after({}, held, {}, { asIs: ['hermes_id'] }), held.known, 'but only when it is named');
    });
  });
});
