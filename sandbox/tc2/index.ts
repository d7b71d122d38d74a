/**
 * A strict stand-in for TutorCruncher: its REST API for clients, and its webhooks.
 *
 * Every change, made by a method here, by a control route or (with `echoWriteBack`) over the REST API, sends the event that
 * TutorCruncher would send, as soon as `settings.webhook` names a target. Methods return at once; `settled()` waits for what is
 * on its way.
 */
import type Koa from 'koa';
import type { PeerState } from '../common/body.ts';
import { Faults } from '../common/faults.ts';
import { listen, type Listening, type ListenOptions } from '../common/listen.ts';
import { createPeerApp } from '../common/peer.ts';
import { RequestLog } from '../common/requestLog.ts';
import { createApi } from './api.ts';
import { exampleAdmins, exampleExtraAttrs } from './branch.ts';
import { mergeExtraAttrs, type Change, type ExtraAttrDefinition } from './changes.ts';
import { addControlRoutes } from './controlRoutes.ts';
import {
  appUrl,
  clientEvent,
  deletedEvent,
  exampleClient,
  exampleInvoice,
  invoiceEvent,
  webhookBody,
  type AdminRef,
  type EventOptions,
  type MetaAgency,
  type Tc2Client,
  type Tc2Event,
  type Tc2Invoice,
  type Tc2User,
} from './events.ts';
import { website } from '../website/handler.ts';
import { clientPages } from './pages.ts';
import { Sender, type Delivery, type WebhookTarget } from './sender.ts';
import { defaultSettings, type Tc2Settings } from './settings.ts';

export interface Tc2State {
  clients: Map<number, Tc2Client>;
  /** Deleted clients, who can be recovered. */
  trash: Map<number, Tc2Client>;
  invoices: Map<number, Tc2Invoice>;
  admins: AdminRef[];
  extraAttrs: ExtraAttrDefinition[];
  /** Clients to whom a POST with send_emails sent the welcome mail. */
  welcomeEmails: number[];
}

export type ClientPatch = Partial<Omit<Tc2Client, 'id' | 'meta_agency' | 'user' | 'extra_attrs'>> & {
  /** Merged; null makes the client an enquiry. */
  meta_agency?: Partial<MetaAgency> | null;
  user?: Partial<Tc2User>;
  /** Merged by machine name; null or "" takes one away. */
  extra_attrs?: Record<string, unknown>;
};

export interface Tc2Options {
  settings?: Partial<Tc2Settings>;
  admins?: AdminRef[];
  extraAttrs?: ExtraAttrDefinition[];
  clients?: Tc2Client[];
  /** Milliseconds; for the throttle. */
  now?: () => number;
}

export interface SendOptions {
  url?: string;
  key?: string;
  /** How often the same bytes are sent, at once. */
  times?: number;
  requestTime?: number;
  headers?: Record<string, string>;
}

const nextId = (taken: Iterable<number>, first: number): number => Math.max(first - 1, ...taken) + 1;

export class Tc2Sandbox {
  readonly app: Koa<PeerState>;
  readonly requests = new RequestLog();
  readonly faults = new Faults();
  readonly settings: Tc2Settings;
  readonly state: Tc2State;
  readonly sender: Sender;
  readonly now: () => number;
  /** Times of the requests that count towards the limit. */
  readonly throttled: number[] = [];
  private readonly options: Tc2Options;
  private baseUrl = appUrl;

  constructor(options: Tc2Options = {}) {
    this.options = options;
    this.settings = { ...defaultSettings, ...options.settings };
    this.now = options.now ?? Date.now;
    // The sender reads the same object, so that a changed setting holds for the next delivery.
    this.sender = new Sender(this.settings);
    this.state = {
      clients: new Map(),
      trash: new Map(),
      invoices: new Map(),
      admins: [],
      extraAttrs: [],
      welcomeEmails: [],
    };
    this.resetState();
    const pages = clientPages(this);
    const site = website(() => {
      const { webhook } = this.settings;
      return webhook === null ? null : new URL(webhook.url).origin;
    });
    this.app = createPeerApp({
      log: this.requests,
      faults: this.faults,
      reset: () => this.resetState(),
      routes: (router) => addControlRoutes(router, this),
      unlogged: (context, next) => site(context, () => pages(context, next)),
      handlers: [createApi(this)],
    });
  }

  get deliveries(): readonly Delivery[] {
    return this.sender.deliveries;
  }

  async listen(options: ListenOptions = {}): Promise<Listening> {
    const listening = await listen(this.app, options);
    this.baseUrl = listening.url;
    return {
      ...listening,
      close: async () => {
        await this.sender.close();
        await listening.close();
      },
    };
  }

  /** Empties log, faults, limit and deliveries and puts the state back to the options'. Settings stay. */
  reset(): void {
    this.requests.clear();
    this.faults.clear();
    this.resetState();
  }

  /** The state as it is now, to be restored later; settings and deliveries are no part of it. */
  snapshot(): Tc2State {
    return structuredClone(this.state);
  }

  restore(snapshot: Tc2State): void {
    Object.assign(this.state, structuredClone(snapshot));
  }

  /** Resolves when no webhook is on its way. */
  settled(): Promise<void> {
    return this.sender.settled();
  }

  /** Sends one request with the events, whatever the settings' target; resolves when the delivery has ended. */
  async send(events: unknown, options: SendOptions = {}): Promise<Delivery> {
    const body = webhookBody(Array.isArray(events) ? events : [events], options.requestTime);
    return this.sendBody(body, options);
  }

  /** Sends raw bytes, signed, for bodies that no event builder gives. */
  async sendBody(body: Buffer, { url, key, times = 1, headers = {} }: SendOptions = {}): Promise<Delivery> {
    const target = this.target({ url, key });
    if (target === undefined) throw new Error('no webhook target: give a url or set settings.webhook');
    const deliveries = await Promise.all(
      Array.from({ length: times }, () => this.sender.deliver(body, target, headers)),
    );
    const [first] = deliveries;
    if (first === undefined) throw new Error('times must be at least 1');
    return first;
  }

  /** A public profile's webhook: another body, to an extension of the target's address. */
  sendPublicProfile(
    extension: string,
    body: Record<string, unknown> = { id: 1, deleted: false },
  ): Promise<Delivery> {
    const target = this.target({});
    if (target === undefined) throw new Error('no webhook target');
    const bytes = Buffer.from(JSON.stringify(body));
    return this.sender.deliver(bytes, { ...target, url: `${target.url.replace(/\/$/, '')}/${extension}` });
  }

  /** A new client, by default like the example, with ids of its own. CREATED and EDITED are sent at once. */
  createClient(partial: ClientPatch & { id?: number } = {}): Tc2Client {
    const { clients, trash } = this.state;
    const { id = nextId([...clients.keys(), ...trash.keys()], exampleClient.id), ...patch } = partial;
    const base = structuredClone(exampleClient);
    const everybody = [...clients.values(), ...trash.values()];
    const agencies = everybody.map(({ meta_agency: agency }) => agency?.id ?? 0);
    const isExample = id === exampleClient.id;
    if (base.meta_agency !== null && !isExample) {
      base.meta_agency.id = nextId(agencies, 5_121);
    }
    const client = this.patched({ ...base, id }, patch);
    // Unless told otherwise, who signed up pays.
    if (patch.paid_recipients === undefined && !isExample) {
      const { first_name: firstName, last_name: lastName, email } = client.user;
      client.paid_recipients = [{ id: id * 10 + 1, first_name: firstName, last_name: lastName, email }];
    }
    clients.set(id, client);
    const at = this.clock();
    this.emit(
      clientEvent(client, 'CREATED_A_CLIENT', at, this.eventOptions()),
      clientEvent(client, 'EDITED_A_CLIENT', new Date(at.getTime() + 1), this.eventOptions()),
    );
    return structuredClone(client);
  }

  /** Changes a client and sends the action, EDITED_A_CLIENT by default. Throws on an unknown id. */
  changeClient(id: number, patch: ClientPatch, action = 'EDITED_A_CLIENT'): Tc2Client {
    const client = this.patched(this.client(id), patch);
    this.state.clients.set(id, client);
    this.emit(clientEvent(client, action, this.clock(), this.eventOptions()));
    return structuredClone(client);
  }

  /** Moves a client to the trash; reading it answers 404. */
  deleteClient(id: number): void {
    const client = this.client(id);
    this.state.clients.delete(id);
    this.state.trash.set(id, client);
    this.emit(deletedEvent(client, this.clock(), this.eventOptions()));
  }

  /** Brings a client back from the trash. */
  recoverClient(id: number): Tc2Client {
    const client = this.state.trash.get(id);
    if (client === undefined) throw new Error(`no client ${id} in the trash`);
    this.state.trash.delete(id);
    this.state.clients.set(id, client);
    this.emit(clientEvent(client, 'RECOVERED_A_CLIENT', this.clock(), this.eventOptions()));
    return structuredClone(client);
  }

  /** A paid invoice: the agency's count goes up, and only the invoice's event is sent, as TutorCruncher does. */
  invoicePaid(clientId: number, changes: Partial<Tc2Invoice> = {}): Tc2Invoice {
    const client = this.client(clientId);
    const paidAt = this.clock();
    const number = nextId(this.state.invoices.keys(), exampleInvoice.id);
    const { first_name: firstName, last_name: lastName, email } = client.user;
    const invoice: Tc2Invoice = {
      ...structuredClone(exampleInvoice),
      id: number,
      display_id: `INV-${number}`,
      date_paid: paidAt.toISOString(),
      ...changes,
      client: { id: clientId, first_name: firstName, last_name: lastName, email },
    };
    this.state.invoices.set(invoice.id, invoice);
    client.invoices_count += 1;
    if (client.meta_agency !== null) client.meta_agency.paid_invoice_count += 1;
    this.emit(invoiceEvent(invoice, 'CLIENT_PAID_INVOICE', paidAt, this.eventOptions()));
    return structuredClone(invoice);
  }

  /** Sends every client again, unchanged, as happens about every three hours. */
  resendAll(): void {
    const at = this.clock();
    this.emit(
      ...[...this.state.clients.values()].map((client) =>
        clientEvent(client, 'EDITED_A_CLIENT', at, this.eventOptions()),
      ),
    );
  }

  /** Applies a checked POST of the REST API. */
  applyApiChange(id: number, { user, client: fields, extraAttrs, sendEmails }: Change): Tc2Client {
    const before = this.client(id);
    const writesAttributes = Object.keys(extraAttrs).length > 0;
    const kept = writesAttributes && this.settings.dropUnsentExtraAttrs ? [] : before.extra_attrs;
    const client: Tc2Client = {
      ...before,
      ...fields,
      user: { ...before.user, ...user },
      extra_attrs: mergeExtraAttrs(kept, extraAttrs, this.state.extraAttrs),
    };
    this.state.clients.set(id, client);
    if (sendEmails) this.state.welcomeEmails.push(id);
    if (this.settings.echoWriteBack) {
      this.emit(clientEvent(client, 'EDITED_A_CLIENT', this.clock(), this.eventOptions()));
    }
    return client;
  }

  /** The time as TutorCruncher's clock shows it. */
  private clock(): Date {
    return new Date(Date.now() + this.settings.clockOffsetMs);
  }

  private client(id: number): Tc2Client {
    const client = this.state.clients.get(id);
    if (client === undefined) throw new Error(`no client ${id}`);
    return client;
  }

  private patched(client: Tc2Client, patch: ClientPatch): Tc2Client {
    const { meta_agency: agency, user, extra_attrs: extraAttrs = {}, ...fields } = structuredClone(patch);
    const before = client.meta_agency ?? exampleClient.meta_agency;
    return {
      ...client,
      ...fields,
      meta_agency: agency === undefined ? client.meta_agency : agency && before && { ...before, ...agency },
      user: { ...client.user, ...user },
      extra_attrs: mergeExtraAttrs(client.extra_attrs, extraAttrs, this.state.extraAttrs),
    };
  }

  private eventOptions(): EventOptions {
    return { shape: this.settings.shape, baseUrl: this.baseUrl };
  }

  private target({
    url,
    key,
  }: {
    url?: string | undefined;
    key?: string | undefined;
  }): WebhookTarget | undefined {
    const address = url ?? this.settings.webhook?.url;
    if (address === undefined) return undefined;
    return { url: address, key: key ?? this.settings.webhook?.key ?? this.settings.apiKey };
  }

  /** One request per event, all at once: the sender keeps no order. */
  private emit(...events: Tc2Event[]): void {
    const target = this.target({});
    if (target === undefined) return;
    const requestTime = Math.floor(this.clock().getTime() / 1_000);
    for (const event of events) {
      const body = webhookBody([event], requestTime);
      for (let copy = 0; copy < this.settings.copies; copy += 1) void this.sender.deliver(body, target);
    }
  }

  private resetState(): void {
    const { clients = [], admins = exampleAdmins, extraAttrs = exampleExtraAttrs } = this.options;
    this.state.clients = new Map(clients.map((client) => [client.id, structuredClone(client)]));
    this.state.trash = new Map();
    this.state.invoices = new Map();
    this.state.admins = structuredClone(admins);
    this.state.extraAttrs = structuredClone(extraAttrs);
    this.state.welcomeEmails = [];
    this.throttled.length = 0;
    this.sender.deliveries.length = 0;
    this.sender.activate();
  }
}

/** A TutorCruncher of its own; `listen()` gives it an address. */
export const createTc2Sandbox = (options: Tc2Options = {}): Tc2Sandbox => new Tc2Sandbox(options);
