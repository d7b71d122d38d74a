import { readEnvironment } from '../../environment/environment.ts';
import { absentIds, countReplay, isFiltered, replayEvents } from '../../inbox/replay.ts';
import { eventSources } from '../../workflows/names.ts';
import { agree } from '../ask.ts';
import { CommandError, UsageError, type Command } from '../command.ts';
import { operatorName } from '../operator.ts';
import { filterOf } from '../replay/filter.ts';
import { countReport, eventsText } from '../replay/report.ts';
import { withDatabase } from '../withDatabase.ts';

/** Bookings are never replayed. */
const senders = eventSources.filter((source) => source !== 'callbooker');

export const replay: Command = {
  name: 'replay',
  summary: 'Run events of the inbox again, failed ones unless told otherwise',
  details: `
By id, or by any of the filters together; without one nothing is replayed. It counts first, and asks before it begins (in a script:
--yes). A replay is a new event that keeps the times of the old one, so newer data is never overwritten. Repeating the command does
no harm: what is under way, or was applied, is left out. Bookings are never replayed. See docs/replaying.md.`,
  rest: 'ID',
  options: {
    type: { type: 'string', summary: 'workflow types, such as TcClientUpdated,PdDealUpdated' },
    outcome: {
      type: 'string',
      summary: 'failed (default), ignored, stale, unchanged, applied; several by commas',
    },
    status: { type: 'string', summary: 'the same as --outcome' },
    since: { type: 'string', summary: 'received since: a time (UTC) or 90m, 6h, 2d' },
    until: { type: 'string', summary: 'received before: the same' },
    company: { type: 'string', summary: 'of one company, by its Hermes id' },
    subject: { type: 'string', summary: 'of one subject, such as client-70412' },
    source: { type: 'string', summary: `of one sender: ${senders.join(', ')}` },
    'reason-contains': { type: 'string', summary: 'whose reason contains this text' },
    again: { type: 'boolean', summary: 'also what a replay has settled before' },
    'dry-run': { type: 'boolean', summary: 'only count' },
    yes: { type: 'boolean', short: 'y', summary: 'do not ask' },
  },
  run: async (invocation) => {
    const { settings, options, stdout } = invocation;
    const filter = filterOf(invocation, new Date());
    if (!isFiltered(filter)) {
      throw new UsageError(
        'Say which events: ids, or --type, --outcome, --since, --until, --company, --subject, --source, --reason-contains.',
      );
    }
    await withDatabase(readEnvironment(settings), async (db) => {
      const absent = await absentIds(db, filter.ids ?? []);
      if (absent.length > 0) {
        throw new CommandError(`The inbox has no webhook ${absent.join(', ')}: nothing is replayed.`);
      }
      const count = await countReplay(db, filter);
      stdout.write(countReport(count, filter.ids));
      if (count.events === 0 || options['dry-run'] === true) return;
      await agree(invocation, `Replay ${eventsText(count.events)}?`);
      const { jobId, events } = await replayEvents(db, { filter, requestedBy: operatorName() });
      stdout.write(`Replaying ${eventsText(events.length)} (job ${jobId}); the worker starts them.\n`);
      const shown = events.slice(0, 20);
      for (const { webhookId, replayOf } of shown) {
        stdout.write(`  webhook ${replayOf} as ${webhookId}\n`);
      }
      if (events.length > shown.length) stdout.write(`  ... and ${events.length - shown.length} more\n`);
    });
  },
};
