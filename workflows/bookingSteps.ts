/** What the steps of a booking take and give. Shared by the door, the workflow and the activities; pure, and free of personal data. */

import type { Refusal } from '../domain/callbooker/refusals.ts';

/** The answer that the visitor waits for. */
export type BookingAnswer = { ok: true } | { ok: false; status: number; message: string };

/** A booking that may go on: whom it is for, and when. Moments are ISO 8601 in UTC. */
export interface ReadyBooking {
  kind: 'ready';
  adminId: number;
  /** Of the admin's row; absent in runs of earlier releases. */
  adminVersion?: string;
  companyId: number;
  contactId: number;
  start: string;
  end: string;
}

export interface SlotRequest {
  webhookId: number;
  /** Chosen by the run, so that a repeated attempt finds its own meeting. */
  meetingUuid: string;
  booking: ReadyBooking;
}

export interface SlotRelease {
  webhookId: number;
  meetingId: number;
  refusal: Refusal;
  adminId: number;
  meetingUuid: string;
}

export interface TakenSlot {
  kind: 'taken';
  meetingId: number;
}

export type CalendarCheck = 'free' | 'busy' | 'unreadable';

export interface CalendarQuery {
  adminId: number;
  companyId: number | null;
  start: string;
  end: string;
  /** The call's own time, which does not stand in the way of moving it. */
  own?: { start: string; end: string };
}

export interface MoveRequest {
  adminId: number;
  meetingId: number;
  companyId: number | null;
  eventId: string;
  start: string;
  end: string;
  /** Epoch milliseconds after which nothing is sent any more; absent in runs of earlier releases. */
  expiresAt?: number;
}

export interface EventRequest {
  webhookId: number;
  meetingId: number;
}

export interface ConfirmRequest extends EventRequest {
  eventId: string;
}

export type Confirmation =
  { kind: 'confirmed'; companyId: number; syncNeeded: boolean } | { kind: 'tooLate' };

/** An event that must not stay in an admin's calendar. */
export interface OrphanEvent {
  adminId: number;
  eventId: string;
  /** The cancelled meeting, which knows the calendar; absent when there is no meeting any more. */
  meetingId?: number;
}

/** Name of the update that a booking's visitor waits for. */
export const bookUpdateName = 'book';
