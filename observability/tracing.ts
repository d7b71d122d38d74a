/**
 * Traces for OpenTelemetry, off by default. They are on when the environment names a collector, by OpenTelemetry's own variables:
 * OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. Nothing of OpenTelemetry's SDK is loaded otherwise.
 */
import type { Logger } from './logger.ts';

export interface Tracing {
  /** Sends what is left. */
  stop(): Promise<void>;
}

type Source = Record<string, string | undefined>;

const isSet = (value: string | undefined): boolean => value !== undefined && value.trim() !== '';

/** Whether the environment asks for traces. */
export const tracesWanted = (source: Source): boolean => {
  if (source['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return false;
  if (source['OTEL_TRACES_EXPORTER']?.trim().toLowerCase() === 'none') return false;
  return isSet(source['OTEL_EXPORTER_OTLP_ENDPOINT']) || isSet(source['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']);
};

const off: Tracing = { stop: () => Promise.resolve() };

/**
 * Begins to trace, when that is wanted. Call it before the first request or run.
 *
 * @param serviceName unless OTEL_SERVICE_NAME gives one
 */
export const startTracing = async (source: Source, serviceName: string, logger: Logger): Promise<Tracing> => {
  if (!tracesWanted(source)) return off;
  const { startOpenTelemetry } = await import('./openTelemetry.ts');
  return startOpenTelemetry(serviceName, logger);
};
