/**
 * Limits on bookings, per address and per e-mail, and on readings of calendars. They are generous: a school behind one address may book
 * for everybody, and a visitor whose slot was gone tries again.
 *
 * Counted in PostgreSQL, for all API processes together; addresses and e-mails are kept as hashes. A key that is over its limit is
 * remembered in memory, so that a flood costs no queries.
 */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import type { Environment } from '../../environment/environment.ts';
import { HttpError } from '../errors.ts';
import { visitorNetwork } from '../visitorNetwork.ts';

const perIpSeconds = 10 * 60;
const perEmailSeconds = 60 * 60;

export interface BookingLimits {
  /** Counts a booking. @throws HttpError 429 above a limit */
  check(ip: string, email: string | null): Promise<void>;
}

const limiter = (pool: pg.Pool, keyPrefix: string, points: number, duration: number): RateLimiterPostgres =>
  new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: 'rate_limit',
    tableCreated: true,
    keyPrefix,
    points,
    duration,
    inMemoryBlockOnConsumed: points + 1,
    // A count that cannot be kept in the database must not keep a visitor out.
    insuranceLimiter: new RateLimiterMemory({ keyPrefix, points, duration }),
  });

const hashed = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

const consume = async (counter: RateLimiterAbstract, key: string, what: string): Promise<void> => {
  try {
    await counter.consume(hashed(key));
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const seconds = String(Math.max(1, Math.ceil(error.msBeforeNext / 1000)));
    throw new HttpError(429, `Too many ${what}. Please try again later.`, {
      headers: { 'retry-after': seconds },
    });
  }
};

export const bookingLimits = (pool: pg.Pool, environment: Environment): BookingLimits => {
  const perIp = limiter(pool, 'booking-ip', environment.BOOKING_MAX_PER_IP, perIpSeconds);
  const perEmail = limiter(pool, 'booking-email', environment.BOOKING_MAX_PER_EMAIL, perEmailSeconds);
  return {
    check: async (ip, email) => {
      await consume(perIp, visitorNetwork(ip), 'bookings');
      if (email !== null) await consume(perEmail, email, 'bookings');
    },
  };
};

/** One visitor leafs through the weeks of a few calendars. Google has a limit too, and it is everybody's. */
const readingsPerIp = 600;

/**
 * Counts readings of a calendar, per API process.
 *
 * @returns counts one. @throws HttpError 429 above the limit
 */
export const readingLimit = (): ((ip: string) => Promise<void>) => {
  const perIp = new RateLimiterMemory({ points: readingsPerIp, duration: perIpSeconds });
  return (ip) => consume(perIp, visitorNetwork(ip), 'questions');
};
