/** The sandbox Pipedrive as a process of its own: the process that makes the load must not be busy answering. */
import { startPipedrive } from './peers.ts';

const { close } = await startPipedrive(Number(process.env['PORT']));
process.once('SIGTERM', () => void close());
