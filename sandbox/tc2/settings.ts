/** How this TutorCruncher behaves. */
import type { RoleShape } from './events.ts';
import { defaultSenderSettings, type SenderSettings } from './sender.ts';

export interface Tc2Settings extends SenderSettings {
  apiKey: string;
  /** Whether roles read with the user nested (V1) or at top level (V2). */
  shape: RoleShape;
  /** 100 requests per minute; null switches the limit off. */
  rateLimit: { requests: number; seconds: number } | null;
  /** What a wrong key is answered with. */
  badKeyStatus: 401 | 403;
  /** A change made over the REST API sends EDITED_A_CLIENT too. */
  echoWriteBack: boolean;
  /** Extra attributes that a POST with extra_attrs leaves out are lost; the documentation says they stay. */
  dropUnsentExtraAttrs: boolean;
  /** What TutorCruncher's clock is off by: the times of its events. */
  clockOffsetMs: number;
  /** How often each event is sent. */
  copies: number;
  /** Where events go; null keeps them in. */
  webhook: { url: string; key?: string } | null;
}

export const defaultSettings: Tc2Settings = {
  ...defaultSenderSettings,
  apiKey: 'tc2-sandbox-key',
  shape: 'V1',
  rateLimit: { requests: 100, seconds: 60 },
  badKeyStatus: 401,
  echoWriteBack: true,
  dropUnsentExtraAttrs: false,
  clockOffsetMs: 0,
  copies: 1,
  webhook: null,
};
