/** The Temporal dev server: one process with its own store and the Web UI. It is stopped by its supervisor. */
import http2 from 'node:http2';
import { setTimeout as wait } from 'node:timers/promises';
import { searchAttributeNames } from '../temporal/searchAttributes.ts';
import { describeExit, lastLines, type Child, type Supervisor } from './supervisor.ts';

/**
 * The dev server's own settings make every step wait for up to 50 ms: one history shard, polled 20 times a second, and four
 * partitions per task queue. With these a run of one local and two plain activities takes 33 ms and not 250.
 *
 * A queue of the shard looks through all its tasks, the completed ones too, whenever new ones come; it forgets the completed ones every
 * 30 s, which under load made its work a half dearer by then.
 */
const dynamicConfig: Record<string, boolean | number | string> = {
  'system.enableActivityEagerExecution': true,
  'history.transferProcessorMaxPollRPS': 1000,
  'history.transferProcessorUpdateAckInterval': '1s',
  'history.visibilityProcessorUpdateAckInterval': '1s',
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
};

/**
 * Go collects garbage whenever the heap has doubled; the server's is small and filled quickly, so that this was a twelfth of its
 * processor time. Above the limit it collects as before. What somebody set themselves stays.
 */
const goRuntime = { GOGC: '400', GOMEMLIMIT: '1GiB' };

export interface TemporalOptions {
  readonly supervisor: Supervisor;
  readonly binary: string;
  readonly port: number;
  /** The Web UI's port; without one there is no Web UI. */
  readonly uiPort?: number;
  /** The codec server that the Web UI asks, unless an operator names another. */
  readonly codecEndpoint?: string;
  /** The store; without one it is in memory. */
  readonly databaseFile?: string;
}

const argumentsOf = (options: TemporalOptions): string[] => [
  'server',
  'start-dev',
  '--ip',
  '127.0.0.1',
  '--port',
  String(options.port),
  ...(options.uiPort === undefined
    ? ['--headless']
    : ['--ui-port', String(options.uiPort), '--ui-ip', '127.0.0.1']),
  '--ui-disable-news-fetch',
  ...(options.codecEndpoint === undefined ? [] : ['--ui-codec-endpoint', options.codecEndpoint]),
  '--log-level',
  'warn',
  // A development server: losing the last moments when the machine crashes is a fair price for twice the throughput.
  ...(options.databaseFile === undefined
    ? []
    : ['--db-filename', options.databaseFile, '--sqlite-pragma', 'synchronous=off']),
  ...searchAttributeNames.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ...Object.entries(dynamicConfig).flatMap(([name, value]) => [
    '--dynamic-config-value',
    `${name}=${JSON.stringify(value)}`,
  ]),
];

/** grpc.health.v1 Check of the frontend: 5 bytes of frame, then field 1 (string) of the request. */
const healthRequest = (): Buffer => {
  const service = Buffer.from('temporal.api.workflowservice.v1.WorkflowService');
  const message = Buffer.concat([Buffer.from([0x0a, service.length]), service]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
};

/** Whether the Temporal frontend at host:port says that it serves. One small gRPC call without a client library. */
export const temporalServes = (address: string, timeoutMs = 1000): Promise<boolean> =>
  new Promise((resolve) => {
    const session = http2.connect(`http://${address}`);
    const finish = (serves: boolean): void => {
      clearTimeout(timer);
      session.destroy();
      resolve(serves);
    };
    const timer = setTimeout(() => finish(false), timeoutMs);
    session.on('error', () => finish(false));
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    stream.on('error', () => finish(false));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    // The answer's frame is 5 bytes, then field 1 (an enumeration): 1 is SERVING.
    stream.on('end', () => {
      const body = Buffer.concat(chunks);
      finish(body.length >= 7 && body[5] === 0x08 && body[6] === 1);
    });
    stream.end(healthRequest());
  });

/**
 * Starts the dev server and waits until it serves.
 *
 * @throws Error with a sentence for a person when it does not
 */
export const startTemporal = async (options: TemporalOptions): Promise<{ child: Child; address: string }> => {
  const child = options.supervisor.start({
    name: 'temporal',
    command: options.binary,
    args: argumentsOf(options),
    env: { ...goRuntime, ...process.env },
    // What is in memory only is lost anyway.
    graceMs: options.databaseFile === undefined ? 500 : 5000,
  });
  const address = `127.0.0.1:${options.port}`;
  const deadline = performance.now() + 30_000;
  while (!(await temporalServes(address))) {
    if (!child.running()) {
      const log = lastLines(child.logFile, 5).join('\n');
      throw new Error(
        `Temporal did not start (${describeExit(await child.exited)}), see ${child.logFile}:\n${log}`,
      );
    }
    if (performance.now() > deadline)
      throw new Error(`Temporal does not answer at ${address}; see ${child.logFile}`);
    await wait(30);
  }
  return { child, address };
};
