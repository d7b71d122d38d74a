/**
 * The switches of the Pipedrive stand-in.
 *
 * Where the real API's behaviour is documented or was observed, the default is that behaviour. Where nobody outside Pipedrive
 * knows it (marked "unverified"), the default is the stricter reading and the other one is a switch, so that tests can hold
 * Hermes against both.
 */
export interface WebhookSettings {
  /** A receiver that has not answered by then failed. */
  timeoutMs: number;
  /** Waits before attempts 2, 3 and 4; after the last one the event is dropped. */
  retryDelaysMs: number[];
  /** So many failed first attempts ban the webhook... */
  banAfterFailures: number;
  /** ...for so long; what happens meanwhile is lost. */
  banMs: number;
  /** A webhook without any success for so long is removed. */
  removeAfterMs: number;
  /** Waits before the first attempt. */
  delayMs: number;
  /** Every event is delivered so many times more (the real one repeats now and then). */
  duplicates: number;
  /** What the clock of the events' times is off by. */
  clockOffsetMs: number;
  /** Deliveries kept in the log. */
  kept: number;
  /** Deliveries in flight over all webhooks. */
  concurrency: number;
  /** Registration tries to connect to the target, as Pipedrive does: unreachable is 400. */
  checkReachable: boolean;
  /** Leaves `update_time` out of `previous`, as it is now and then. */
  previousOmitsUpdateTime: boolean;
  /** The filled shape of an organization's address in an event; unverified. */
  addressShape: 'object' | 'flat' | 'null';
  /** An event about a write that changed nothing but update_time; unverified. */
  emitUnchanged: boolean;
  /** Every create is followed by a change made by the system itself. */
  systemChangeAfterCreate: boolean;
}

export interface PipedriveSettings {
  /** The token of `apiUserId`. */
  apiToken: string;
  apiUserId: number;
  /** Further tokens and their users. */
  tokens: Record<string, number>;
  /** Who acts in the web application unless told otherwise. */
  appUserId: number;
  companyId: number;
  companyName: string;
  /** The host is `{companyDomain}.pipedrive.com`. */
  companyDomain: string;
  defaultCurrency: string;
  defaultVisibleTo: number;
  /** What the plan allows: [1, 3] on Lite and Growth, [1, 3, 5, 7] on Premium and Ultimate. */
  visibilities: number[];
  /** Requests per token in a rolling 2 s: 20 Lite, 40 Growth, 100 Premium, 120 Ultimate. High by default. */
  burstLimit: number;
  /** Searches per token in a rolling 2 s, the same on every plan. */
  searchBurstLimit: number;
  /** Tokens per UTC day of the whole company: 30,000 x plan x seats. High by default. */
  dailyTokens: number;
  /** POST and PUT per UTC day, shown in x-daily-requests-left. */
  dailyWrites: number;
  /** So many 429 within 10 s make the gateway block the token with an HTML 403... */
  abuseAfter: number;
  /** ...for so long. */
  abuseBlockMs: number;
  /** Sends Retry-After with a 429; undocumented, some clients see it. */
  sendRetryAfter: boolean;
  /** Sends the rate headers; all of them are optional. */
  sendRateHeaders: boolean;
  /** How GET and PATCH answer for a deleted record; unverified. */
  goneStyle: '404' | '410' | '200-is_deleted';
  /** A write appears in searches so much later. */
  searchLagMs: number;
  /** A deleted record goes on appearing in searches for so long. */
  deletedStaysInSearchMs: number;
  /** The answer of /itemSearch/field: the example's list or the schema's items; unverified. */
  itemSearchFieldStyle: 'list' | 'items';
  /** What a text field of a merge's winner holds: both values "42, 43", or its own; unverified for persons and deals. */
  mergeStyle: 'joined' | 'winner';
  /** `null` for org_id, person_id, address and the like unlinks instead of being refused; unverified. */
  nullableLinks: boolean;
  /** A deal's PATCH with only the stage or only the pipeline moves to another pipeline instead of being refused; unverified. */
  moveAcrossPipelines: boolean;
  /** What an activity needs on POST; unverified. */
  activityRequires: string[];
  /** Activities answer times as 15:00:00 instead of 15:00; unverified. */
  activitySeconds: boolean;
  /** website, linkedin, industry, annual_revenue and employee_count of organizations are switched on. */
  organizationProfile: boolean;
  /** postal_address, notes, im, birthday and job_title of persons are switched on (Contact Sync), else 403. */
  contactSync: boolean;
  /** marketing_status is switched on (campaigns add-on), else 403. */
  campaigns: boolean;
  /** Two writes within a second get different update_times (the second one in the future). */
  distinctUpdateTimes: boolean;
  /** Time that every call takes. */
  latencyMs: number;
  webhooks: WebhookSettings;
}

/** Settings to start from; nested ones may be given in part. */
export type PipedriveOptions = Partial<Omit<PipedriveSettings, 'webhooks'>> & {
  webhooks?: Partial<WebhookSettings>;
};

const minute = 60_000;
const day = 24 * 60 * minute;

export const defaultSettings = (): PipedriveSettings => ({
  apiToken: 'pd-sandbox-key',
  apiUserId: 100,
  tokens: {},
  appUserId: 101,
  companyId: 4_000_001,
  companyName: 'Acme',
  companyDomain: 'acme',
  defaultCurrency: 'GBP',
  defaultVisibleTo: 3,
  visibilities: [1, 3, 5, 7],
  burstLimit: 100_000,
  searchBurstLimit: 10,
  dailyTokens: 100_000_000,
  dailyWrites: 10_000_000,
  abuseAfter: 10,
  abuseBlockMs: 10_000,
  sendRetryAfter: false,
  sendRateHeaders: true,
  goneStyle: '404',
  searchLagMs: 3_000,
  deletedStaysInSearchMs: 10 * minute,
  itemSearchFieldStyle: 'list',
  mergeStyle: 'joined',
  nullableLinks: false,
  moveAcrossPipelines: false,
  activityRequires: ['subject', 'type'],
  activitySeconds: true,
  organizationProfile: false,
  contactSync: false,
  campaigns: false,
  distinctUpdateTimes: false,
  latencyMs: 0,
  webhooks: {
    timeoutMs: 10_000,
    retryDelaysMs: [3_000, 30_000, 150_000],
    banAfterFailures: 10,
    banMs: 30 * minute,
    removeAfterMs: 3 * day,
    delayMs: 0,
    duplicates: 0,
    clockOffsetMs: 0,
    kept: 5_000,
    concurrency: 20,
    checkReachable: true,
    previousOmitsUpdateTime: false,
    addressShape: 'object',
    emitUnchanged: true,
    systemChangeAfterCreate: false,
  },
});

/** Writes `options` over `settings`, in place: whoever holds the object sees the change. */
export const applyOptions = (
  settings: PipedriveSettings,
  { webhooks, ...options }: PipedriveOptions,
): void => {
  Object.assign(settings, options);
  Object.assign(settings.webhooks, webhooks);
};

/** Every token and its user. */
export const tokenUsers = ({ apiToken, apiUserId, tokens }: PipedriveSettings): Record<string, number> => ({
  ...tokens,
  [apiToken]: apiUserId,
});
