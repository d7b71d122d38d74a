import type { GoogleClient } from '../../clients/google/client.ts';
import type { CallSubject } from '../downstream/call.ts';
import type { HermesDependencies } from '../hermes/deps.ts';

/** What the calendar activities close over. */
export interface GoogleDependencies extends HermesDependencies {
  /** Null when no service account is configured. */
  google: GoogleClient | null;
}

/** Google's per-user quota is 600 a minute; Hermes's own share of it leaves room for everything else the admin uses. */
const callsPerMinute = 300;

/**
 * What a call is about, for its turn and for the call log. The window is the admin's own: a suspended account must not keep visitors
 * from everybody else. A calendar that the admin had before must not keep them from today's.
 */
export const calendarSubject = (subject: {
  adminId: number;
  isFormer: boolean;
  companyId: number | null;
  entity: 'freebusy' | 'event';
  recordId: number | null;
  body?: unknown;
}): CallSubject => ({
  system: 'google',
  limits: {
    windows: [
      { bucket: `google-${subject.adminId}${subject.isFormer ? '-former' : ''}`, max: callsPerMinute },
    ],
    periodSeconds: 60,
  },
  companyId: subject.companyId,
  entity: subject.entity,
  recordId: subject.recordId,
  ...(subject.body === undefined ? {} : { body: subject.body }),
});
