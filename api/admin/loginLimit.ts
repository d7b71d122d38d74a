/**
 * A limit on logins per address, beside the lock of an account: hashing a password is work on purpose, and a stranger who tries
 * names that nobody has must not get it for nothing. Counted per API process.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { HttpError } from '../errors.ts';
import { visitorNetwork } from '../visitorNetwork.ts';

const attempts = 30;
const perSeconds = 5 * 60;

export interface LoginLimit {
  /** Counts an attempt. @throws HttpError 429 above the limit */
  count(ip: string): Promise<void>;
  /** Takes an attempt back that turned out right: a team behind one address logs in all day. */
  forgive(ip: string): Promise<void>;
}

export const createLoginLimit = (): LoginLimit => {
  const perIp = new RateLimiterMemory({ points: attempts, duration: perSeconds });
  return {
    count: async (ip) => {
      try {
        await perIp.consume(visitorNetwork(ip));
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        throw new HttpError(429, 'Too many attempts from this address: try again later', {
          headers: { 'retry-after': String(Math.max(1, Math.ceil(error.msBeforeNext / 1000))) },
        });
      }
    },
    forgive: async (ip) => {
      await perIp.reward(visitorNetwork(ip));
    },
  };
};
