/**
 * Limits on bookings, per address and per e-mail. They are generous: a school behind one address may book for everybody, and a
 * visitor whose slot was gone tries again.
 *
 * Counted per API process: what a flood costs is the work of one process, and no write to the database stands before the answer.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Environment } from '../../environment/environment.ts';
import { HttpError } from '../errors.ts';

const perIpSeconds = 10 * 60;
const perEmailSeconds = 60 * 60;

export interface BookingLimits {
  /** Counts a booking. @throws HttpError 429 above a limit */
  check(ip: string, email: string | null): Promise<void>;
}

export const bookingLimits = (environment: Environment): BookingLimits => {
  const perIp = new RateLimiterMemory({ points: environment.BOOKING_MAX_PER_IP, duration: perIpSeconds });
  const perEmail = new RateLimiterMemory({
    points: environment.BOOKING_MAX_PER_EMAIL,
    duration: perEmailSeconds,
  });
  const consume = async (limiter: RateLimiterMemory, key: string): Promise<void> => {
    try {
      await limiter.consume(key);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const seconds = String(Math.max(1, Math.ceil(error.msBeforeNext / 1000)));
      throw new HttpError(429, 'Too many bookings. Please try again later.', {
        headers: { 'retry-after': seconds },
      });
    }
  };
  return {
    check: async (ip, email) => {
      await consume(perIp, ip);
      if (email !== null) await consume(perEmail, email);
    },
  };
};
