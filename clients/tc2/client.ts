/**
 * TutorCruncher's API, the two calls that Hermes makes. Each method is exactly one request; nothing is retried here.
 *
 * A client is given as raw JSON, because the API has two shapes of it (user fields nested or at the top) and reading them
 * is a rule of the domain. TC2 redirects paths without their trailing slash, and a redirect is an error here.
 */
import { z } from 'zod';
import { performCall } from '../call.ts';
import type { Peer } from '../call.ts';
import type { CallOptions, CallResult } from '../failure.ts';
import type { InventId } from '../hold.ts';
import { headerValue } from '../http/headerValue.ts';
import { judgeTc2 } from './failures.ts';

export type Tc2ClientOptions = {
  /** The root, such as `https://secure.tutorcruncher.com`. */
  baseUrl: string;
  apiKey: string;
  /** Per call; 30 s unless told. */
  timeoutMs?: number | undefined;
  /** Shadow mode: gives ids for what is not made. */
  shadow?: InventId | undefined;
};

/** By machine name. Written as a dictionary though it is read as a list; choices are written as their slugs. */
export type Tc2ExtraAttributes = Readonly<Record<string, string | number | boolean | null>>;

export type Tc2Client = {
  /** Takes the id of the client (not of the company, agency or user). */
  getClient: (id: number, options?: CallOptions) => Promise<CallResult<Record<string, unknown>>>;
  /**
   * Sets the named attributes. Nothing else of a client can be written, so names, addresses, recipients and admins cannot
   * be overwritten by accident (TCW-02). Sending it twice changes nothing more.
   */
  updateClient: (
    id: number,
    change: { extra_attrs: Tc2ExtraAttributes },
    options?: CallOptions,
  ) => Promise<CallResult<Record<string, unknown>>>;
};

const jsonObject = z.record(z.string(), z.unknown());

/** Gives the client. No connection is made before the first call. */
export const createTc2Client = (options: Tc2ClientOptions): Tc2Client => {
  const peer: Peer = {
    name: 'TC2',
    baseUrl: options.baseUrl,
    headers: { authorization: `token ${headerValue("TC2's API key", options.apiKey)}` },
    timeoutMs: options.timeoutMs ?? 30_000,
    shadow: options.shadow,
    judge: judgeTc2,
  };

  return {
    getClient: (id, callOptions) =>
      performCall(peer, {
        method: 'GET',
        endpoint: '/api/clients/:id/',
        effect: 'none',
        schema: jsonObject,
        params: { id },
        signal: callOptions?.signal,
      }),
    updateClient: (id, change, callOptions) =>
      performCall(peer, {
        method: 'POST',
        endpoint: '/api/clients/:id/',
        effect: 'repeatable',
        schema: jsonObject,
        params: { id },
        body: { json: { extra_attrs: change.extra_attrs } },
        signal: callOptions?.signal,
      }),
  };
};
