/**
 * Connections to Temporal. Addresses, TLS and keys come from the names of @temporalio/envconfig (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
 * TEMPORAL_API_KEY, TEMPORAL_TLS_*, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE).
 */
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { dataConverterOf } from './dataConverter.ts';
import { limitCalls, usualDeadlines, type Deadlines } from './deadlines.ts';
import { stoppableRetries } from './retries.ts';
import { traceClient } from './traceInterceptors.ts';

export interface TemporalAddress {
  connectionOptions: ReturnType<typeof loadClientConnectConfig>['connectionOptions'];
  namespace: string;
  /** Encrypts, where TEMPORAL_PAYLOAD_KEYS says so. */
  dataConverter?: DataConverter | undefined;
}

/** Where Temporal is. @param source usually `process.env` */
export const temporalAddress = (source: Record<string, string | undefined>): TemporalAddress => {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) {
    if (value !== undefined && value !== '') environment[name] = value;
  }
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: environment });
  return {
    connectionOptions,
    namespace: namespace ?? 'default',
    dataConverter: dataConverterOf(source['TEMPORAL_PAYLOAD_KEYS']),
  };
};

/**
 * Between tries to connect to a server that is away. gRPC's own wait doubles up to two minutes: visitors would be turned away for so long
 * after Temporal is back, and a short return between two absences would go unnoticed.
 */
const reconnectWaits = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1000 };

const namespaceHeader = 'temporal-namespace';

/**
 * The SDK adds the namespace's header to every call, in an AsyncLocalStorage: the whole process pays for it (deadlines.ts). It is the same
 * for all calls of a connection, which sends it as metadata of its own.
 */
const sendNamespacePlainly = (connection: Connection, namespace: string): void => {
  const scoped = connection.withMetadata.bind(connection);
  connection.withMetadata = (metadata, work) => {
    const isUsual = Object.keys(metadata).length === 1 && metadata[namespaceHeader] === namespace;
    return isUsual ? work() : scoped(metadata, work);
  };
};

/**
 * A client that connects when it is first used, so that a process can start while Temporal is away.
 *
 * @param deadlines how long its calls may take
 */
export const lazyClient = (
  address: TemporalAddress,
  deadlines: Deadlines = usualDeadlines,
): { client: Client; close(): Promise<void> } => {
  const { connectionOptions, namespace } = address;
  const retries = stoppableRetries();
  const connection = Connection.lazy({
    ...connectionOptions,
    metadata: { ...connectionOptions.metadata, [namespaceHeader]: namespace },
    connectTimeout: '5s',
    channelArgs: reconnectWaits,
    interceptors: [limitCalls(deadlines), retries.interceptor],
  });
  sendNamespacePlainly(connection, namespace);
  return {
    client: new Client({
      connection,
      namespace,
      ...(address.dataConverter === undefined ? {} : { dataConverter: address.dataConverter }),
      interceptors: { workflow: [traceClient] },
    }),
    close: async () => {
      await retries.stop();
      await connection.close();
    },
  };
};
