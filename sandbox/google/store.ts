/**
 * The workspace: its users, one calendar each, what is busy there, and the events.
 */
export interface Period {
  start: Date;
  end: Date;
}

export interface EventTime {
  dateTime?: string;
  date?: string;
  timeZone?: string;
}

export interface Attendee {
  email: string;
  displayName?: string;
  optional?: boolean;
  comment?: string;
  additionalGuests?: number;
  responseStatus: 'needsAction' | 'declined' | 'tentative' | 'accepted';
}

export interface Conference {
  requestId: string;
  status: 'pending' | 'success' | 'failure';
  id: string;
}

/** An event as it is kept; `present.ts` gives what the API answers. */
export interface StoredEvent {
  id: string;
  /** The calendar it lives on, its organizer's. */
  calendar: string;
  iCalUID: string;
  status: 'confirmed' | 'tentative' | 'cancelled';
  start: EventTime;
  end: EventTime;
  period: Period;
  attendees: Attendee[];
  conference: Conference | null;
  created: Date;
  updated: Date;
  sequence: number;
  /** Counts every change in the workspace: the sync token and the etag. */
  revision: number;
  /** What is kept as it was given: summary, description, reminders, extendedProperties, ... */
  fields: Record<string, unknown>;
}

export interface Calendar {
  email: string;
  timeZone: string;
  /** A suspended user gets no token, and nobody reads the calendar. */
  suspended: boolean;
  /** A reason that free/busy gives instead of periods: notFound, internalError, ... */
  unreadable: string | null;
  busy: Period[];
  events: Map<string, StoredEvent>;
}

/** A mail that Google would have sent to a guest. */
export interface Notice {
  kind: 'invitation' | 'update' | 'cancellation';
  eventId: string;
  to: string;
}

/** Everything that a workspace holds; cloneable. */
export interface CalendarSnapshot {
  calendars: Calendar[];
  notices: Notice[];
  revision: number;
}

export class CalendarStore {
  readonly calendars = new Map<string, Calendar>();
  readonly notices: Notice[] = [];
  private lastRevision = 0;

  addUser(email: string, { timeZone = 'Europe/London' }: { timeZone?: string } = {}): Calendar {
    const calendar: Calendar = {
      email: email.toLowerCase(),
      timeZone,
      suspended: false,
      unreadable: null,
      busy: [],
      events: new Map(),
    };
    this.calendars.set(calendar.email, calendar);
    return calendar;
  }

  /** Undefined for who is not known or suspended. */
  find(email: string): Calendar | undefined {
    const calendar = this.calendars.get(email.toLowerCase());
    return calendar === undefined || calendar.suspended ? undefined : calendar;
  }

  nextRevision(): number {
    this.lastRevision += 1;
    return this.lastRevision;
  }

  get revision(): number {
    return this.lastRevision;
  }

  /** What the calendar shows: its own events and those its user is invited to. */
  eventsOf({ email, events }: Calendar): StoredEvent[] {
    const invited = [...this.calendars.values()]
      .filter((other) => other.email !== email)
      .flatMap((other) => [...other.events.values()])
      .filter((event) => event.attendees.some((guest) => guest.email.toLowerCase() === email));
    return [...events.values(), ...invited];
  }

  findEvent(calendar: Calendar, id: string): StoredEvent | undefined {
    return calendar.events.get(id) ?? this.eventsOf(calendar).find((event) => event.id === id);
  }

  snapshot(): CalendarSnapshot {
    const { calendars, notices, revision } = this;
    return structuredClone({ calendars: [...calendars.values()], notices, revision });
  }

  restore(snapshot: CalendarSnapshot): void {
    this.clear();
    const { calendars, notices, revision } = structuredClone(snapshot);
    for (const calendar of calendars) this.calendars.set(calendar.email, calendar);
    this.notices.push(...notices);
    this.lastRevision = revision;
  }

  clear(): void {
    this.calendars.clear();
    this.notices.length = 0;
  }
}
