import { subjectAt } from '../../../domain/tc2/envelope.ts';
import type { InboxRow } from '../inboxRow.ts';

/** What a TC2 event speaks of, from the bytes that were received; undefined when it says nothing or the bytes were pruned. */
export const storedSubject = (row: InboxRow): unknown =>
  row.body === null ? undefined : subjectAt(JSON.parse(row.body.toString('utf8')), row.event_index);
