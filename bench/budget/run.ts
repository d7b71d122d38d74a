/**
 * `bench budget`: how much of Pipedrive's burst limits a backlog of new clients uses, and what durability costs: new clients per
 * second with the limit lifted, beside the same work done by plain concurrent functions.
 */
import { startCandidate, type Candidate } from '../flow/candidate.ts';
import { connectDatabase } from '../../db/connection.ts';
import { hermesEnvironment } from '../peers.ts';
import { bootServers, type Servers } from '../servers.ts';
import { median, rate, ratio, table, verdicts, type Verdict } from '../statistics.ts';
import { newClientWebhook } from '../webhooks.ts';
import { usageOf, type LoggedCall, type Usage } from './usage.ts';

export interface BudgetOptions {
  rounds: number;
  say: (line: string) => void;
}

/** What Pipedrive sells: calls of one token per two seconds. */
const burstLimits = [20, 40, 100, 120];
const searchLimit = 10;
const periodMs = 2000;

/** Periods that a backlog lasts at full use. */
const periods = 12;
const callsPerClient = 3;

/** New clients of a turn with the limit lifted, and how many are under way at once. */
const newInBurst = 60;
const inFlight = 16;

const share = (value: number): string => `${(value * 100).toFixed(1)} %`;

interface Run {
  label: string;
  usage: Usage;
}

const logOf = async (candidate: Candidate, path: string): Promise<LoggedCall[]> => {
  const response = await fetch(
    `${candidate.pipedriveUrl}/_sandbox/requests?path=${encodeURIComponent(path)}`,
  );
  const { requests } = (await response.json()) as {
    requests: { at: string; status: number; path: string }[];
  };
  return requests.map(({ at, status }) => ({ at: Date.parse(at), status }));
};

/** Each Pipedrive begins with its first id again: nothing may be linked to the ids of the one before. */
const forget = async (servers: Servers): Promise<void> => {
  const db = connectDatabase(servers.databaseUrl, 1, 'hermes-bench');
  await db.raw('truncate webhook, company, remote_record, create_intent, api_call, api_window cascade');
  await db.destroy();
};

interface Backlog {
  /** Clients used before. */
  known: number;
  /** New clients before anything is measured: V8 compiles what runs often, and a worker lives for weeks. */
  warmUp: number;
  /** New clients of the backlog. */
  count: number;
}

/** Gives a Hermes of these settings a backlog, and looks at the calls that Pipedrive saw. */
const backlog = async (
  servers: Servers,
  { known, warmUp, count }: Backlog,
  settings: { pipedrive: Record<string, string>; hermes: Record<string, string> },
  read: (candidate: Candidate) => Promise<LoggedCall[]>,
): Promise<LoggedCall[]> => {
  await forget(servers);
  const candidate = await startCandidate(servers, { ...settings, usedNumbers: known });
  try {
    await candidate.newClients(warmUp, inFlight);
    await fetch(`${candidate.pipedriveUrl}/_sandbox/requests`, { method: 'DELETE' });
    await candidate.newClients(count, inFlight);
    return await read(candidate);
  } finally {
    await candidate.stop();
  }
};

/** New clients per second by plain functions, the door included. */
const startPlain = async (servers: Servers, pipedriveUrl: string) => {
  const env = {
    ...hermesEnvironment({ databaseUrl: servers.databaseUrl, pipedriveUrl }),
    PD_FIND_BEFORE_CREATE: 'false',
  };
  const door = await servers.startHttp({
    name: 'door',
    file: 'api',
    env: { ...env, TEMPORAL_ADDRESS: servers.temporalAddress, WEBHOOK_STARTS_IN_FLIGHT: '0' },
    answersAt: '/readyz',
  });
  const plain = await servers.startHttp({
    name: 'plain',
    file: 'bench/budget/plain.ts',
    env,
    answersAt: '/',
  });
  return {
    newClients: async (known: number, count: number): Promise<void> => {
      await Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const { body, headers } = newClientWebhook(known + index + 1);
          const response = await fetch(`${door.url}/tc2/callback/`, { method: 'POST', body, headers });
          await response.arrayBuffer();
          if (!response.ok) throw new Error(`the door answered ${response.status}`);
        }),
      );
      const response = await fetch(plain.url, { method: 'POST', body: String(inFlight) });
      if (!response.ok) throw new Error(`the plain functions failed: ${await response.text()}`);
    },
    stop: async () => {
      await servers.stopChild(plain.child);
      await servers.stopChild(door.child);
    },
  };
};

const perSecond = async (count: number, work: () => Promise<void>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return (count / (performance.now() - startedAt)) * 1000;
};

/** Runs the benchmark and gives its report. */
export const benchBudget = async ({ rounds, say }: BudgetOptions): Promise<string> => {
  const servers = await bootServers({ temporal: true, say });
  try {
    let known = 0;
    const runs: Run[] = [];
    for (const limit of burstLimits) {
      const count = Math.ceil((limit * periods) / callsPerClient);
      say(`${limit} calls per 2 s: ${count} new clients`);
      // Three periods at full use.
      const warmUp = limit;
      const calls = await backlog(
        servers,
        { known, warmUp, count },
        {
          pipedrive: { BURST_LIMIT: String(limit) },
          hermes: { PD_API_MAX_RATE: String(limit), PD_FIND_BEFORE_CREATE: 'false' },
        },
        (candidate) => logOf(candidate, '/api/'),
      );
      known += warmUp + count;
      runs.push({ label: `${limit} calls`, usage: usageOf(calls, limit, periodMs) });
    }

    const searching = Math.ceil((searchLimit * periods) / callsPerClient);
    say(`${searchLimit} searches per 2 s: ${searching} new clients`);
    const searches = await backlog(
      servers,
      { known, warmUp: searchLimit, count: searching },
      {
        pipedrive: { BURST_LIMIT: '120', SEARCH_BURST_LIMIT: String(searchLimit) },
        hermes: { PD_API_MAX_RATE: '120', PD_SEARCH_MAX_RATE: String(searchLimit) },
      },
      async (candidate) => [
        ...(await logOf(candidate, '/api/v2/organizations/search')),
        ...(await logOf(candidate, '/api/v2/persons/search')),
      ],
    );
    known += searchLimit + searching;
    const inOrder = searches.toSorted((one, other) => one.at - other.at);
    runs.push({ label: `${searchLimit} searches`, usage: usageOf(inOrder, searchLimit, periodMs) });

    say('without a limit, beside plain functions');
    await forget(servers);
    const candidate = await startCandidate(servers, {
      hermes: { PD_FIND_BEFORE_CREATE: 'false' },
      usedNumbers: known,
    });
    await candidate.newClients(newInBurst, inFlight);
    known += newInBurst;
    const took: { hermes: number[]; plain: number[] } = { hermes: [], plain: [] };
    for (let round = 0; round < rounds; round += 1) {
      took.hermes.push(await perSecond(newInBurst, () => candidate.newClients(newInBurst, inFlight)));
      known += newInBurst;
    }
    const { pipedriveUrl } = candidate;
    await candidate.stopHermes();
    const plain = await startPlain(servers, pipedriveUrl);
    await plain.newClients(known, newInBurst);
    known += newInBurst;
    for (let round = 0; round < rounds; round += 1) {
      const from = known;
      took.plain.push(await perSecond(newInBurst, () => plain.newClients(from, newInBurst)));
      known += newInBurst;
    }
    await plain.stop();
    await candidate.stop();

    const [hermes, functions] = [median(took.hermes), median(took.plain)];
    const rows = runs.map(({ label, usage }) => [
      `${label} per 2 s`,
      String(usage.calls),
      share(usage.used),
      share(usage.refused),
    ]);
    const judged = runs.flatMap(({ label, usage }): Verdict[] => [
      {
        goal: `at least 95 % of ${label} per 2 s`,
        measured: share(usage.used),
        reached: usage.used >= 0.95,
      },
      {
        goal: `under 1 % of answers refused at ${label} per 2 s`,
        measured: share(usage.refused),
        reached: usage.refused < 0.01,
      },
    ]);
    return [
      table(['limit', 'calls', 'used', 'refused'], rows),
      table(
        ['new clients without a limit', 'Hermes/s', 'plain functions/s', 'ratio'],
        [['three creates each', rate(hermes), rate(functions), ratio(hermes / functions)]],
      ),
      verdicts(judged),
    ].join('\n\n');
  } finally {
    await servers.stop();
  }
};
