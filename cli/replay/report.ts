import type { ReplayCount, ReplayObstacle } from '../../inbox/replay.ts';

const shownGroups = 20;
const shownReason = 160;

const obstacleSentences: Record<ReplayObstacle, string> = {
  booking: 'bookings: their visitors have been answered, so these are never replayed',
  running: 'whose own run has not ended',
  notHandled: 'that nothing is done for',
  replayUnderWay: 'whose replay is under way',
  replayedBefore: 'that a replay has settled before (--again repeats them)',
  bodyGone: 'whose body is no longer kept',
};

/** How many events, in words. */
export const eventsText = (count: number): string => (count === 1 ? '1 event' : `${count} events`);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/**
 * What would be replayed and what not, as the operator reads it.
 *
 * @param ids that were asked for: none is passed over in silence
 */
export const countReport = (
  { events, groups, obstacles }: ReplayCount,
  ids: readonly number[] = [],
): string => {
  const width = String(groups[0]?.events ?? 0).length;
  const lines = groups
    .slice(0, shownGroups)
    .map(
      (group) =>
        `  ${String(group.events).padStart(width)}  ${group.type} ${group.outcome}: ${(group.reason ?? '-').slice(0, shownReason)}`,
    );
  const hidden = groups.length - lines.length;
  if (hidden > 0) lines.push(`  ... and ${hidden} more reasons`);
  const left = Object.entries(obstacles).map(
    ([obstacle, count]) => `Not: ${count} ${obstacleSentences[obstacle as ReplayObstacle]}.`,
  );
  const absent = new Set(ids).size - events - sum(Object.values(obstacles));
  if (absent > 0) left.push(`Not: ${absent} that the options leave out.`);
  return [`${eventsText(events)} to replay${lines.length === 0 ? '.' : ':'}`, ...lines, ...left]
    .map((line) => `${line}\n`)
    .join('');
};
