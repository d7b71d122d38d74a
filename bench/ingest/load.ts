/** Load on a door: signed webhooks, each of another client, over a number of connections that wait for each answer. */
import autocannon from 'autocannon';
import { newClientWebhook } from '../webhooks.ts';
import { percentile } from '../statistics.ts';

export interface LoadResult {
  /** Answers with 200 per second. */
  rate: number;
  p50: number;
  p99: number;
}

export interface Load {
  url: string;
  connections: number;
  seconds: number;
  /** Gives the number of the next client. */
  next: () => number;
}

/** @throws when anything but 200 was answered: a rate of refusals says nothing */
export const loadDoor = async ({ url, connections, seconds, next }: Load): Promise<LoadResult> => {
  const latencies: number[] = [];
  let refused = 0;
  const startedAt = performance.now();
  const options: autocannon.Options = {
    url: `${url}/tc2/callback/`,
    connections,
    duration: seconds,
    method: 'POST',
    requests: [
      {
        setupRequest: (request) => {
          const { body, headers } = newClientWebhook(next());
          return { ...request, method: 'POST', path: '/tc2/callback/', headers, body };
        },
      },
    ],
  };
  const { errors, timeouts } = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(options, (error: Error | null, result) =>
      error === null ? resolve(result) : reject(error),
    );
    instance.on('response', (_client, status, _bytes, milliseconds) => {
      latencies.push(milliseconds);
      if (status !== 200) refused += 1;
    });
  });
  const elapsed = (performance.now() - startedAt) / 1000;
  if (refused + errors + timeouts > 0) {
    throw new Error(`${url}: ${refused} answers were not 200, ${errors} errors, ${timeouts} timeouts`);
  }
  return {
    rate: latencies.length / elapsed,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
};
