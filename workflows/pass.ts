/** What a pass of either side of a sync is given. */
import type { During } from './baton.ts';
import type { Notices } from './persist.ts';

/** What was refused of a version: the same is not sent again until there is another. */
export interface Refused {
  version: number | null;
  /** Keys of Pipedrive's steps, names of TC2's attributes. */
  keys: string[];
  reasons: string[];
}

export interface PassContext {
  companyId: number;
  notices: Notices;
  /** Refusals, for operators; the pass adds to it. */
  refusals: string[];
  /** Kept over the passes of a run; the pass replaces what it says. */
  refused: Refused;
  onWaiting: (waiting: boolean) => void;
  mustRenew: () => boolean;
  during: During;
}
