import { fail, ok, warn, type Check, type Said } from './finding.ts';

const isLocal = (url: string): boolean => /^https?:\/\/(localhost|127\.|\[::1\]|0\.0\.0\.0)/.test(url);

/** Settings that are valid but leave something out. */
export const settingsCheck: Check = {
  area: 'Settings',
  needsDatabase: false,
  look: ({ environment }) => {
    const said: Said[] = [];
    if (environment.TC2_API_KEY === undefined) {
      said.push(
        fail('TC2_API_KEY is not set: every webhook of TutorCruncher is refused.', 'Set it to the API key.'),
      );
    }
    if (environment.PD_API_KEY === undefined) {
      said.push(
        fail(
          'PD_API_KEY is not set: nothing reaches Pipedrive.',
          'Set it to the API token of the user that Hermes acts as.',
        ),
      );
    }
    if (environment.PD_WEBHOOK_PASSWORD === undefined) {
      said.push(
        warn(
          'PD_WEBHOOK_PASSWORD is not set: anybody may send webhooks in the name of Pipedrive.',
          'Set it and PD_WEBHOOK_USERNAME, then run `npm run hermes -- pipedrive setup --renew-webhooks`.',
        ),
      );
    }
    if (environment.SIGNING_KEY === undefined) {
      said.push(
        warn(
          'SIGNING_KEY is not set: support links can be neither made nor checked.',
          'Set it to a long random text.',
        ),
      );
    }
    if (isLocal(environment.BASE_URL) && !isLocal(environment.PD_BASE_URL)) {
      said.push(
        warn(
          `BASE_URL is ${environment.BASE_URL}: Pipedrive cannot send its webhooks there.`,
          'Set it to the public address.',
        ),
      );
    }
    for (const name of ['TC2_API_KEY_PREVIOUS', 'PD_WEBHOOK_PASSWORD_PREVIOUS'] as const) {
      if (environment[name] === undefined) continue;
      said.push(
        warn(`${name} is set: the old secret still opens the door.`, 'Take it away when the change is done.'),
      );
    }
    return Promise.resolve(said.length === 0 ? [ok('Every setting that matters is set.')] : said);
  },
};
