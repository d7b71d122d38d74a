/**
 * Delivers webhooks as TutorCruncher's sender does.
 *
 * Success is 200, 201, 202 or 204 within 8 s. Redirects are not followed. 3xx and 4xx other than 429 end the delivery; a timeout, a
 * broken connection, 429 and 5xx are tried again after 1, 10, 100 and 1000 s. Order is not kept. With the switch-off rule
 * on, over 20 % failures within 60 minutes and at least 10 attempts turn the endpoint off until it is turned on by hand.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { signBody } from './events.ts';

export interface SenderSettings {
  timeoutMs: number;
  /** Waits before the retries, in seconds, before scaling. */
  retryDelays: readonly number[];
  /** 1 is real time; a test sets it small. */
  retryScale: number;
  /** Turn a failing endpoint off, as for hosts outside TutorCruncher's own domain. */
  switchOffRule: boolean;
  /** Each delivery waits up to so many seconds before its first attempt, at random: events overtake each other. */
  longestDelay: number;
  /** Deliveries kept in the log. */
  kept: number;
}

export const defaultSenderSettings: SenderSettings = {
  timeoutMs: 8_000,
  retryDelays: [1, 10, 100, 1_000],
  retryScale: 1,
  switchOffRule: false,
  longestDelay: 0,
  kept: 5_000,
};

export interface WebhookTarget {
  url: string;
  /** The integration's private key. */
  key: string;
}

export interface Attempt {
  at: Date;
  /** Absent when no answer came. */
  status?: number;
  error?: string;
}

export interface Delivery {
  url: string;
  body: Buffer;
  signature: string;
  attempts: Attempt[];
  /** refused: a status that is not retried; exhausted: the last retry failed; disabled: the endpoint was off. */
  outcome: 'pending' | 'delivered' | 'refused' | 'exhausted' | 'disabled' | 'cancelled';
}

const accepted = new Set([200, 201, 202, 204]);
const isRetried = (status: number | undefined): boolean =>
  status === undefined || status === 429 || status >= 500;

const windowMs = 60 * 60 * 1_000;

export class Sender {
  readonly deliveries: Delivery[] = [];
  readonly settings: SenderSettings;
  private readonly pending = new Set<Promise<unknown>>();
  private readonly stop = new AbortController();
  private outcomes: { at: number; ok: boolean }[] = [];
  private active = true;

  constructor(settings: SenderSettings) {
    this.settings = settings;
    // Every delivery that waits listens.
    setMaxListeners(0, this.stop.signal);
  }

  /** False once the switch-off rule has struck. */
  get isActive(): boolean {
    return this.active;
  }

  activate(): void {
    this.active = true;
    this.outcomes = [];
  }

  /** Sends the bytes and resolves when the delivery has ended, well or not; it never rejects. */
  deliver(body: Buffer, target: WebhookTarget, headers: Record<string, string> = {}): Promise<Delivery> {
    const delivery: Delivery = {
      url: target.url,
      body,
      signature: signBody(body, target.key),
      attempts: [],
      outcome: 'pending',
    };
    this.deliveries.push(delivery);
    if (this.deliveries.length > this.settings.kept) this.deliveries.shift();
    const work = this.run(delivery, headers).then(() => delivery);
    this.pending.add(work);
    void work.finally(() => this.pending.delete(work));
    return work;
  }

  /** Resolves when no delivery is on its way, those started meanwhile included. */
  async settled(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  /** Gives up what is on its way. */
  async close(): Promise<void> {
    this.stop.abort();
    await this.settled();
  }

  private async run(delivery: Delivery, headers: Record<string, string>): Promise<void> {
    const { longestDelay, retryDelays } = this.settings;
    for (const delay of [longestDelay * Math.random(), ...retryDelays]) {
      if (!(await this.wait(delay))) {
        delivery.outcome = 'cancelled';
        return;
      }
      if (!this.active) {
        delivery.outcome = 'disabled';
        return;
      }
      const attempt = await this.attempt(delivery, headers);
      delivery.attempts.push(attempt);
      const ok = attempt.status !== undefined && accepted.has(attempt.status);
      this.note(ok);
      if (ok) {
        delivery.outcome = 'delivered';
        return;
      }
      if (!isRetried(attempt.status)) {
        delivery.outcome = 'refused';
        return;
      }
    }
    delivery.outcome = 'exhausted';
  }

  private async wait(seconds: number): Promise<boolean> {
    const { signal } = this.stop;
    if (signal.aborted) return false;
    if (seconds === 0) return true;
    return sleep(seconds * 1_000 * this.settings.retryScale, true, { signal, ref: false }).catch(() => false);
  }

  private async attempt(delivery: Delivery, headers: Record<string, string>): Promise<Attempt> {
    const at = new Date();
    try {
      const answer = await fetch(delivery.url, {
        method: 'POST',
        body: new Uint8Array(delivery.body),
        headers: {
          'user-agent': 'TutorCruncher',
          'content-type': 'application/json',
          'webhook-signature': delivery.signature,
          ...headers,
        },
        redirect: 'manual',
        signal: AbortSignal.any([this.stop.signal, AbortSignal.timeout(this.settings.timeoutMs)]),
      });
      await answer.arrayBuffer();
      return { at, status: answer.status };
    } catch (error) {
      return { at, error: error instanceof Error ? error.name : String(error) };
    }
  }

  private note(ok: boolean): void {
    if (!this.settings.switchOffRule) return;
    const now = Date.now();
    this.outcomes = [...this.outcomes.filter(({ at }) => now - at < windowMs), { at: now, ok }];
    const failures = this.outcomes.filter((outcome) => !outcome.ok).length;
    if (this.outcomes.length >= 10 && failures > this.outcomes.length * 0.2) this.active = false;
  }
}
