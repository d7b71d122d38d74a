/** How much of a burst limit was used, read from Pipedrive's own log. */

export interface Usage {
  /** 1: as many calls as the limit allows. */
  used: number;
  /** Of all answers, those that were 429, or 403 of the gateway. */
  refused: number;
  calls: number;
}

export interface LoggedCall {
  /** Milliseconds. */
  at: number;
  status: number;
}

/** The last part of a backlog, when fewer wait than may go. */
const tail = 0.15;

/**
 * @param limit calls per period
 * @param periodMs milliseconds
 */
export const usageOf = (calls: readonly LoggedCall[], limit: number, periodMs: number): Usage => {
  const isRefused = ({ status }: LoggedCall): boolean => status === 429 || status === 403;
  const answered = calls.filter((call) => !isRefused(call)).map(({ at }) => at);
  // In full use, this many calls take exactly this many periods.
  const periods = Math.floor((answered.length * (1 - tail)) / limit);
  const first = answered[0] ?? Number.NaN;
  const last = answered[periods * limit] ?? Number.NaN;
  return {
    used: (periods * periodMs) / (last - first),
    refused: calls.filter(isRefused).length / calls.length,
    calls: calls.length,
  };
};
