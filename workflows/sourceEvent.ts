/** The run of an event of a further sender, whatever its type is called. */
import { ApplicationFailure } from '@temporalio/workflow';
import { runEvent, type EventOutcome } from './eventRun.ts';
import type { EventInput } from './names.ts';
import { database } from './proxies.ts';

export const sourceEvent = (input: EventInput): Promise<EventOutcome> =>
  runEvent(input, {
    apply: database.applyEvent,
    read: () => Promise.reject(ApplicationFailure.nonRetryable('such events are not read again', 'Refused')),
    readFrom: 'the sender',
  });
