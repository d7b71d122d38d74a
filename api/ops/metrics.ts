/** GET /metrics: for Prometheus. Counts, ages and names of types; nothing about anybody. */
import type { Context } from 'koa';
import type { Metrics } from '../../observability/metrics.ts';

export const metricsPage =
  (metrics: Pick<Metrics, 'text' | 'contentType'>) =>
  async (context: Context): Promise<void> => {
    const text = await metrics.text();
    context.set('content-type', metrics.contentType);
    context.body = text;
  };
