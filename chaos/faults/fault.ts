/** What a fault of a chaos run is. */
import type { Random } from '../random.ts';
import type { PeerName } from '../stage/peers.ts';
import type { Stage } from '../stage/stage.ts';

/** What a fault takes away; two faults of one target never overlap. */
export type Target = 'api' | 'worker' | 'temporal' | 'postgres' | 'webhooks' | PeerName;

export interface ChaosFault {
  /** For --only. */
  name: string;
  /** One line for --help. */
  about: string;
  targets: readonly Target[];
  /** Seconds that it lasts at most; runs shorter than four times that leave it out of their mixture, and none gives it over a third. */
  longest: number;
  /** Begins, lasts and ends by itself. */
  inflict: (stage: Stage, random: Random) => Promise<void>;
}
