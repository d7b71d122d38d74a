/** OpenTelemetry's SDK: batches of spans to a collector, by OTLP over HTTP. Loaded only when traces are wanted. */
import { context, diag, DiagLogLevel, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Logger } from './logger.ts';
import type { Tracing } from './tracing.ts';

/** The exporter, its batches, the sampler and the resource read the OTEL_* variables themselves. */
export const startOpenTelemetry = (serviceName: string, logger: Logger): Tracing => {
  const part = logger.child({ part: 'opentelemetry' });
  const write =
    (level: 'debug' | 'warn') =>
    (message: string): void =>
      part[level](message);
  diag.setLogger(
    {
      error: write('warn'),
      warn: write('warn'),
      info: write('debug'),
      debug: write('debug'),
      verbose: write('debug'),
    },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const contexts = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contexts);
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return {
    stop: async () => {
      // A collector that is away must not hold up the end of the process.
      await provider.shutdown().catch(() => part.warn('the last spans could not be sent'));
      trace.disable();
      propagation.disable();
      contexts.disable();
      context.disable();
      diag.disable();
    },
  };
};
