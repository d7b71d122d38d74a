import { createTc2Client } from '../../clients/tc2/client.ts';
import { fail, ok, warn, type Check } from './finding.ts';

const timeoutMs = 10_000;

/** TutorCruncher answers and takes the key. A client is read, because nothing else is to be read there. */
export const tc2Check: Check = {
  area: 'TutorCruncher',
  needsDatabase: true,
  look: async ({ db, environment }) => {
    const { TC2_API_KEY: apiKey, TC2_BASE_URL: baseUrl } = environment;
    if (apiKey === undefined) return [];
    const known = (await db('company')
      .whereNotNull('tc2_cligency_id')
      .where({ is_deleted: false })
      .orderBy('id', 'desc')
      .first('tc2_cligency_id')) as { tc2_cligency_id: number } | undefined;
    const client = createTc2Client({ baseUrl, apiKey, timeoutMs });
    const answer = await client.getClient(known?.tc2_cligency_id ?? 1);
    const good = ok('TutorCruncher answers and takes the key.');
    if (answer.ok) return [good];
    const { failure } = answer;
    switch (failure.kind) {
      case 'unauthorised':
        return [
          fail(
            `TutorCruncher refuses the key (${failure.summary}): nothing is written back, and its webhooks are not believed.`,
            'See TC2_API_KEY: it must be the key of the branch.',
          ),
        ];
      case 'throttled':
        return [warn(`TutorCruncher asks for fewer calls (${failure.summary}).`, 'Lower TC2_API_MAX_RATE.')];
      case 'gone':
        // A client that does not exist is an answer, too: the key opened the door.
        return [good];
      case 'refused':
      case 'transient':
      case 'unknownResult':
        return [
          fail(`TutorCruncher does not answer as it should (${failure.summary}).`, 'See TC2_BASE_URL.'),
        ];
      default:
        return failure.kind satisfies never;
    }
  },
};
