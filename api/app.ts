/** The Koa application: the door of Hermes. */
import cors from '@koa/cors';
import { Router } from '@koa/router';
import Koa from 'koa';
import helmet from 'koa-helmet';
import { createMetrics, type Metrics } from '../observability/metrics.ts';
import { addAdminPages } from './admin/app.ts';
import { addCallbookerRoutes } from './callbooker/routes.ts';
import type { ApiDependencies, RequestState } from './context.ts';
import { addLookupRoutes } from './lookups/routes.ts';
import { answerErrors } from './middleware/errors.ts';
import { logRequests } from './middleware/requestLog.ts';
import { traceRequests } from './middleware/requestSpan.ts';
import { docsPage } from './ops/docs.ts';
import { health, readiness } from './ops/health.ts';
import { metricsPage } from './ops/metrics.ts';
import { openApiDocument } from './ops/openapi.ts';
import { pipedriveCallback } from './pipedrive/callback.ts';
import { sources } from '../sources/index.ts';
import { sourceCallback } from './sources/callback.ts';
import { tc2Callback, tc2PublicProfileCallback } from './tc2/callback.ts';

const routes = (dependencies: ApiDependencies, metrics: Metrics): Router<RequestState> => {
  const router = new Router<RequestState>();
  router.get('/healthz', health);
  router.get('/readyz', readiness(dependencies));
  router.get('/metrics', metricsPage(metrics));
  router.get('/openapi.json', openApiDocument);
  router.get('/docs', docsPage);
  router.post('/tc2/callback', tc2Callback(dependencies));
  router.post('/tc2/callback/*extension', tc2PublicProfileCallback);
  router.post('/pipedrive/callback', pipedriveCallback(dependencies));
  for (const source of sources) router.post(source.path, sourceCallback(source, dependencies));
  addCallbookerRoutes(router, dependencies);
  addLookupRoutes(router, dependencies);
  return router;
};

/**
 * Assembles the application.
 *
 * @returns it, not listening yet: see server.ts
 */
export const createApp = (dependencies: ApiDependencies): Koa<RequestState> => {
  const { environment, logger } = dependencies;
  const app = new Koa<RequestState>({
    proxy: environment.TRUST_PROXY > 0,
    // The visitor's address is the one that our outermost proxy added; what stands before it anyone may write.
    maxIpsCount: environment.TRUST_PROXY,
  });
  const metrics = createMetrics({
    db: dependencies.db,
    temporal: dependencies.temporal,
    logger,
    follow: (work) => dependencies.starter.follow(work),
  });
  const router = routes(dependencies, metrics);
  app.use(metrics.measure);
  app.use(logRequests(logger));
  app.use(traceRequests);
  app.use(answerErrors(logger));
  // Where Hermes is reached by plain http, a form sent by https would reach nobody.
  const upgradeInsecureRequests = environment.BASE_URL.startsWith('https:') ? [] : null;
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests } } }));
  // Answers tell how things are right now, some of them about people: nothing on the way keeps them.
  app.use((context, next) => {
    context.set('cache-control', 'no-store');
    return next();
  });
  app.use(
    cors({
      origin: (context) => {
        const origin = context.get('origin');
        return environment.CORS_ORIGINS.includes(origin) ? origin : '';
      },
      allowMethods: ['GET', 'POST', 'OPTIONS'],
      maxAge: 600,
    }),
  );
  app.use(router.routes());
  addAdminPages(app, dependencies);
  app.use(router.allowedMethods());
  app.on('error', (error: unknown) =>
    logger.warn({ err: error }, 'a connection failed while being answered'),
  );
  return app;
};
