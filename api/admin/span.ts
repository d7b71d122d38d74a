/** Lengths of time as the pages tell them: in the largest unit that fits. */

const units = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3600 },
  { name: 'min', seconds: 60 },
] as const;

/** @returns such as `3 min`; seconds below a minute */
export const spanText = (seconds: number): string => {
  const unit = units.find((one) => seconds >= one.seconds);
  return unit === undefined
    ? `${Math.max(0, Math.round(seconds))} s`
    : `${Math.floor(seconds / unit.seconds)} ${unit.name}`;
};
