/**
 * A strict stand-in for Google: the token endpoint of service accounts with domain-wide delegation, and the Calendar API's
 * free/busy and events.
 *
 * Settings for a caller: `env(url)`. Only users added here have a calendar; anybody may be invited as a guest.
 */
import type { KeyObject } from 'node:crypto';
import type Koa from 'koa';
import type { PeerState } from '../common/body.ts';
import { Faults } from '../common/faults.ts';
import { listen, type Listening, type ListenOptions } from '../common/listen.ts';
import { createPeerApp } from '../common/peer.ts';
import { RequestLog } from '../common/requestLog.ts';
import { createApi } from './api.ts';
import { addControlRoutes } from './controlRoutes.ts';
import type { ConferenceOutcome } from './eventCall.ts';
import { calendarPage } from './pages.ts';
import { processServiceAccount, publicKeyOf, type ServiceAccount } from './serviceAccount.ts';
import {
  CalendarStore,
  type Calendar,
  type CalendarSnapshot,
  type Notice,
  type StoredEvent,
} from './store.ts';
import type { Token } from './token.ts';

export interface GoogleSettings {
  /** The delegation's scopes, letter for letter; null: the account has no delegation. */
  grantedScopes: readonly string[] | null;
  /** A free/busy query over more days is refused. */
  maxRangeDays: number;
  /** How a request for a Meet room ends; a pending one has succeeded at the second look. */
  conference: ConferenceOutcome;
}

export interface GoogleUser {
  email: string;
  timeZone?: string;
}

export interface GoogleOptions {
  users?: readonly GoogleUser[];
  settings?: Partial<GoogleSettings>;
  /** Made once per process when absent. */
  serviceAccount?: ServiceAccount;
  /** Milliseconds. */
  now?: () => number;
}

const defaultSettings: GoogleSettings = {
  grantedScopes: ['https://www.googleapis.com/auth/calendar'],
  maxRangeDays: 93,
  conference: 'success',
};

export class GoogleSandbox {
  readonly app: Koa<PeerState>;
  readonly requests = new RequestLog();
  readonly faults = new Faults();
  readonly settings: GoogleSettings;
  readonly store = new CalendarStore();
  readonly serviceAccount: ServiceAccount;
  readonly publicKey: KeyObject;
  readonly tokens = new Map<string, Token>();
  readonly now: () => number;
  private readonly users: readonly GoogleUser[];

  constructor(options: GoogleOptions = {}) {
    this.settings = { ...defaultSettings, ...options.settings };
    this.serviceAccount = options.serviceAccount ?? processServiceAccount();
    this.publicKey = publicKeyOf(this.serviceAccount);
    this.now = options.now ?? Date.now;
    this.users = options.users ?? [];
    this.resetState();
    this.app = createPeerApp({
      log: this.requests,
      faults: this.faults,
      reset: () => this.resetState(),
      routes: (router) => addControlRoutes(router, this),
      unlogged: calendarPage(this),
      handlers: [createApi(this)],
    });
  }

  listen(options: ListenOptions = {}): Promise<Listening> {
    return listen(this.app, options);
  }

  /** The settings with which a client of a service account reaches this sandbox. */
  env(url: string): Record<string, string> {
    const { clientEmail, clientId, projectId, privateKeyId, privateKey } = this.serviceAccount;
    return {
      G_PROJECT_ID: projectId,
      G_CLIENT_EMAIL: clientEmail,
      G_CLIENT_ID: clientId,
      G_PRIVATE_KEY_ID: privateKeyId,
      G_PRIVATE_KEY: privateKey,
      G_TOKEN_URI: `${url}/token`,
      G_CALENDAR_BASE_URL: `${url}/calendar/v3`,
    };
  }

  /** Mails to guests, in the order in which Google would have sent them. */
  get notices(): readonly Notice[] {
    return this.store.notices;
  }

  addUser(email: string, options: { timeZone?: string } = {}): Calendar {
    return this.store.addUser(email, options);
  }

  /** Throws on somebody who is not a user. */
  calendar(email: string): Calendar {
    const calendar = this.store.calendars.get(email.toLowerCase());
    if (calendar === undefined) throw new Error(`no calendar of ${email}`);
    return calendar;
  }

  /** Something else in a user's calendar: busy from start to end. */
  addBusy(email: string, start: Date | string, end: Date | string): void {
    this.calendar(email).busy.push({ start: new Date(start), end: new Date(end) });
  }

  clearBusy(email: string): void {
    this.calendar(email).busy = [];
  }

  /** Free/busy answers this calendar with an error, such as notFound or internalError; null makes it readable. */
  setUnreadable(email: string, reason: string | null): void {
    this.calendar(email).unreadable = reason;
  }

  suspend(email: string, suspended = true): void {
    this.calendar(email).suspended = suspended;
  }

  /** The events on a user's own calendar, cancelled ones included. */
  events(email: string): StoredEvent[] {
    return [...this.calendar(email).events.values()];
  }

  /** Every token given so far is refused from now on. */
  revokeTokens(): void {
    this.tokens.clear();
  }

  /** Empties log, faults, tokens and calendars; the options' users are there again. Settings stay. */
  reset(): void {
    this.requests.clear();
    this.faults.clear();
    this.resetState();
  }

  /** Calendars as they are now, to be restored later; settings and tokens are no part of it. */
  snapshot(): CalendarSnapshot {
    return this.store.snapshot();
  }

  restore(snapshot: CalendarSnapshot): void {
    this.store.restore(snapshot);
  }

  private resetState(): void {
    this.tokens.clear();
    this.store.clear();
    for (const { email, ...options } of this.users) this.store.addUser(email, options);
  }
}

/** A Google of its own; `listen()` gives it an address. */
export const createGoogleSandbox = (options: GoogleOptions = {}): GoogleSandbox => new GoogleSandbox(options);
