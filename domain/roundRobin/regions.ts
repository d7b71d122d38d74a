/** Which sales region a country belongs to. */

export const regions = ['us', 'gb', 'au', 'ca', 'eu', 'row'] as const;
export type Region = (typeof regions)[number];

/** Countries that are sold to by the admins for Europe, by ISO 3166 code (and XK); Great Britain has its own. */
const europe: ReadonlySet<string> = new Set(
  `AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO PL PT RO
   RS RU SE SI SJ SK SM UA VA XK`.split(/\s+/),
);

/** @param countryCode two letters in either case; what is not known is the rest of the world (RR-07 to RR-11) */
export const regionOf = (countryCode: string): Region => {
  const code = countryCode.trim().toUpperCase();
  switch (code) {
    case 'US':
    case 'GB':
    case 'AU':
    case 'CA':
      return code.toLowerCase() as Region;
    default:
      return europe.has(code) ? 'eu' : 'row';
  }
};
