import type { EventSource } from '../../workflows/names.ts';
import { BaseModel } from './base.ts';

export type WebhookSource = EventSource;

/**
 * How the work for an event ended.
 * applied: something changed. unchanged: nothing differed. stale: newer data is held already. ignored: not for us, see `reason`.
 * failed: could not be applied, see `reason`; replay it. parked: waits for `waiting_for`, goes on by itself. refused: a booking that
 * the visitor was told no.
 */
export type WebhookOutcome = 'applied' | 'unchanged' | 'stale' | 'ignored' | 'failed' | 'parked' | 'refused';

/** One event in the inbox. */
export class Webhook extends BaseModel {
  static override tableName = 'webhook';

  declare id: number;
  declare source: WebhookSource;
  declare dedupe_key: string;
  declare type: string | null;
  declare subject: string;
  declare summary: string;
  declare body: Buffer | null;
  declare envelope_id: number | null;
  declare event_index: number;
  declare body_hash: Buffer;
  declare content_hash: Buffer | null;
  declare event_at: Date | null;
  declare received_at: Date;
  declare workflow_id: string | null;
  declare started_at: Date | null;
  declare next_start_at: Date;
  declare outcome: WebhookOutcome | null;
  declare reason: string | null;
  declare finished_at: Date | null;
  declare company_id: number | null;
  declare waiting_for: string | null;
  declare repeats: number;
  declare last_repeat_at: Date | null;
  declare replay_of: number | null;
  declare read_body: unknown;
  declare read_at: Date | null;
  declare trace_parent: string | null;

  static override get jsonAttributes(): string[] {
    return ['read_body'];
  }
}
