/** The sandbox Pipedrive as a process of its own: the process that makes the load must not be busy answering. */
import { startPipedrive, unlimited } from './peers.ts';

const { PORT, BURST_LIMIT, SEARCH_BURST_LIMIT } = process.env;

const { close } = await startPipedrive(Number(PORT), {
  burstLimit: Number(BURST_LIMIT ?? unlimited.burstLimit),
  searchBurstLimit: Number(SEARCH_BURST_LIMIT ?? unlimited.searchBurstLimit),
});
process.once('SIGTERM', () => void close());
