/** The notice after a replay. */
export const replayedText = (events: number): string =>
  events === 1 ? '1 event is replayed' : `${events} events are replayed`;
