import { databaseTime } from '../../db/clock.ts';
import { fail, ok, warn, type Check, type DoctorContext, type Said } from './finding.ts';

const warnSeconds = 10;
const failSeconds = 60;
const timeoutMs = 10_000;

interface Reading {
  whose: string;
  /** Seconds that it is ahead of ours. */
  ahead: number;
}

/** The other's clock against the middle of our waiting. */
const compare = (whose: string, theirs: Date, before: number, after: number): Reading => ({
  whose,
  ahead: Math.round((theirs.getTime() - (before + after) / 2) / 1000),
});

/** From the Date header, which has whole seconds and needs no key. */
const ofPeer = async (whose: string, url: string): Promise<Reading | null> => {
  const before = Date.now();
  try {
    const answer = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const after = Date.now();
    const date = new Date(answer.headers.get('date') ?? '');
    return Number.isNaN(date.getTime()) ? null : compare(whose, date, before, after);
  } catch {
    // Whether it can be reached is another check's business.
    return null;
  }
};

const ofDatabase = async ({ db }: DoctorContext): Promise<Reading | null> => {
  const before = Date.now();
  return compare('PostgreSQL', await databaseTime(db), before, Date.now());
};

const saidOf = ({ whose, ahead }: Reading): Said[] => {
  const off = Math.abs(ahead);
  if (off <= warnSeconds) return [];
  const message = `The clock of ${whose} is ${off} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's.`;
  const advice = 'Let the machines set their clocks by NTP.';
  return [off > failSeconds ? fail(message, advice) : warn(message, advice)];
};

/** Clocks that differ make events stale, Google's tokens invalid and support links expire at the wrong time. */
export const clockCheck: Check = {
  area: 'Clock',
  needsDatabase: true,
  look: async (context) => {
    const { environment } = context;
    const readings = await Promise.all([
      ofDatabase(context),
      ofPeer('Pipedrive', environment.PD_BASE_URL),
      ofPeer('TutorCruncher', environment.TC2_BASE_URL),
      environment.G_CLIENT_EMAIL === undefined ? null : ofPeer('Google', environment.G_TOKEN_URI),
    ]);
    const known = readings.filter((reading) => reading !== null);
    const said = known.flatMap(saidOf);
    return said.length === 0
      ? [ok(`The clocks agree: ${known.map(({ whose }) => whose).join(', ')}.`)]
      : said;
  },
};
